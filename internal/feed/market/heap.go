package market

func (r *rows) before(a, b int32) bool {
	ta, tb := r.pending[a].time, r.pending[b].time
	return ta < tb || ta == tb && a < b
}

// sink restores the heap below place i.
func (r *rows) sink(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(r.heap); child++ {
			if r.before(r.heap[child], r.heap[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		r.heap[i], r.heap[least] = r.heap[least], r.heap[i]
		i = least
	}
}
