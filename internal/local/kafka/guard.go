package kafka

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/semaphore"
)

// Bounds on what clients may take.
const (
	// maxProduce is Kafka's default socket.request.max.bytes: clients rely on it. One batch may have 1 MiB, but
	// a request carries one for each partition.
	maxProduce = 100 << 20
	// maxOther bounds what kmsg makes of a frame, some 40 times its size at worst.
	maxOther = 1 << 20
	// maxFirst bounds what a client may send that has not shown yet that it speaks Kafka.
	maxFirst = 64 << 10

	// maxInFlight is how many bytes of frames beyond maxFirst each may be held by all connections.
	maxInFlight = 192 << 20

	maxFreshIDs = 1 << 20
)

// patience is how long clients are waited for.
type patience struct {
	first   time.Duration // until a connection has shown that it is a client
	idle    time.Duration // between frames: as long as Kafka lets them
	stall   time.Duration // of silence within a frame, or of a client that does not take an answer
	frame   time.Duration // for a whole frame, and in addition
	slowest int           // a second for so many bytes of it
}

var defaultPatience = patience{first: 10 * time.Second, idle: 10 * time.Minute, stall: 30 * time.Second, frame: time.Minute, slowest: 32 << 10}

// guard is the listener that kfake sees. Its connections yield whole frames that are fit for kfake.
type guard struct {
	net.Listener
	log      *slog.Logger
	dir      string
	minFree  int64
	patience patience
	inFlight *semaphore.Weighted
	crowd    *crowd
	refused  seldom

	partitions partitions

	mechanisms []*scram   // by which clients log in; nil if they need not
	advertised advertised // "" where that is the listener's own address

	accepted chan accepted
	done     chan struct{}
	once     sync.Once
	closed   error
	accepts  sync.WaitGroup

	// suspect says that producer ids of before this start are to be refused; fresh has those given out since.
	suspect bool
	mu      sync.Mutex
	fresh   map[int64]bool
	checked time.Time // when full was found out
	full    bool
}

type accepted struct {
	conn net.Conn
	err  error
}

func newGuard(l net.Listener, cfg Config, suspect bool) (*guard, error) {
	mechanisms, err := newMechanisms(cfg.Credentials)
	if err != nil {
		return nil, err
	}
	var told advertised
	if cfg.Advertise != "" {
		if told, err = parseAdvertised(cfg.Advertise, portOf(l.Addr())); err != nil {
			return nil, err
		}
		if string(told) == l.Addr().String() {
			told = ""
		}
	}
	g := &guard{
		Listener: l, log: cfg.Logger, dir: cfg.Dir, minFree: cfg.MinFreeBytes, patience: cfg.patience,
		inFlight:   semaphore.NewWeighted(maxInFlight),
		crowd:      newCrowd(cfg.Logger),
		mechanisms: mechanisms, advertised: told,
		partitions: partitions{log: cfg.Logger, most: maxAllPartitions},
		accepted:   make(chan accepted),
		done:       make(chan struct{}),
		suspect:    suspect,
		fresh:      map[int64]bool{},
	}
	g.accepts.Go(g.accept)
	return g, nil
}

// Addr implements net.Listener: it is what kfake tells clients.
func (g *guard) Addr() net.Addr {
	if g.advertised != "" {
		return g.advertised
	}
	return g.Listener.Addr()
}

func (g *guard) accept() {
	for {
		c, err := g.Listener.Accept()
		if err == nil {
			guarded := newConn(g, c)
			if !g.crowd.enter(guarded) {
				_ = c.Close() // nobody has used it
				continue
			}
			c = guarded
		}
		select {
		case g.accepted <- accepted{c, err}:
		case <-g.done:
			if err == nil {
				_ = c.Close() // nobody has used it
			}
			return
		}
		if err != nil && errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // of descriptors, say: kfake would stop listening at it
			g.log.Error("broker cannot accept", "error", err)
		}
	}
}

// Accept implements net.Listener.
func (g *guard) Accept() (net.Conn, error) {
	for {
		select {
		case a := <-g.accepted:
			if a.err != nil && !errors.Is(a.err, net.ErrClosed) {
				select { // it does not pass by itself at once
				case <-time.After(50 * time.Millisecond):
					continue
				case <-g.done:
					return nil, net.ErrClosed
				}
			}
			return a.conn, a.err
		case <-g.done:
			return nil, net.ErrClosed
		}
	}
}

// Close implements net.Listener. kfake and the server close it both.
func (g *guard) Close() error {
	g.once.Do(func() {
		close(g.done)
		g.closed = g.Listener.Close()
		g.accepts.Wait()
	})
	return g.closed
}

// dialInner connects the server's own client, which may do what others may not.
func (g *guard) dialInner(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, kfakes := net.Pipe()
	select {
	case g.accepted <- accepted{conn: kfakes}:
		return ours, nil
	case <-g.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// learn remembers a producer id that was given out after this start.
func (g *guard) learn(id int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.fresh) < maxFreshIDs {
		g.fresh[id] = true
	}
}

// fenced tells whether a batch comes from a producer of whose batches kfake has no memory.
func (g *guard) fenced(ids []int64) bool {
	if !g.suspect {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, id := range ids {
		if id >= 0 && !g.fresh[id] {
			return true
		}
	}
	return false
}

// diskFull tells whether there is too little room to produce, looking once a second.
func (g *guard) diskFull() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if time.Since(g.checked) < time.Second {
		return g.full
	}
	g.checked = time.Now()
	var st syscall.Statfs_t
	if err := syscall.Statfs(g.dir, &st); err != nil {
		return g.full
	}
	full := int64(st.Bavail)*int64(st.Bsize) < g.minFree //nolint:unconvert // on other systems they have other types
	if full != g.full {
		if full {
			g.log.Error("disk is nearly full: producing is refused until there is room", "dir", g.dir, "needed_bytes", g.minFree)
		} else {
			g.log.Info("disk has room again: producing goes on", "dir", g.dir)
		}
	}
	g.full = full
	return full
}
