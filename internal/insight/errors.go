package insight

import "fmt"

// UnknownError says that there is no insight, or no parameter, of a name.
type UnknownError struct{ What, Name, Nearest string }

func (e *UnknownError) Error() string {
	s := fmt.Sprintf("no %s %q", e.What, e.Name)
	if e.Nearest != "" {
		s += fmt.Sprintf("; did you mean %q?", e.Nearest)
	}
	return s
}

// ValueError says that a parameter cannot have a value.
type ValueError struct{ Param, Value, Want string }

func (e *ValueError) Error() string {
	return fmt.Sprintf("parameter %s: %.80q is not %s", e.Param, e.Value, e.Want)
}

// nearest is the name of the fewest changed letters, where they are few.
func nearest(name string, names []string) string {
	best, least := "", len(name)/2+2
	for _, n := range names {
		if d := distance(name, n); d < least {
			best, least = n, d
		}
	}
	return best
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
