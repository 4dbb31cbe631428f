package local

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// Ports that a user asked for; 0 is no wish.
type Ports struct {
	Kafka, Web, S3, Glue, Athena, Operations int
}

// defaults of each part. Operations has none.
var defaults = map[string]int{"kafka": 9092, "web": 8600, "s3": 8601, "glue": 8602, "athena": 8603, "operations": 0}

func (p Ports) asked(part string) int {
	switch part {
	case "kafka":
		return p.Kafka
	case "web":
		return p.Web
	case "s3":
		return p.S3
	case "glue":
		return p.Glue
	case "athena":
		return p.Athena
	case "operations":
		return p.Operations
	}
	return 0
}

// portBook chooses ports, and keeps those that differ from the defaults in the data directory.
type portBook struct {
	path  string // "" keeps nothing
	host  string
	asked Ports
	any   bool
	kept  map[string]int
	moved func(part string, taken, port int)
}

func (d *Dir) ports(cfg *Config) (*portBook, error) {
	b := &portBook{
		path: filepath.Join(d.path, "ports.json"), host: cfg.Listen, asked: cfg.Ports, any: cfg.AnyPorts, kept: map[string]int{}, moved: cfg.Moved,
	}
	if err := readJSON(b.path, &b.kept); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, explain(d.path, err)
	}
	for part, port := range b.kept {
		if port < 1 || port > 65535 {
			return nil, fmt.Errorf("%s: port %d of %s (hint: remove the file, ports are chosen anew)", b.path, port, part)
		}
	}
	return b, nil
}

// open lets a part listen on the port that was asked for, else the kept one, else the default, else a free one.
func (b *portBook) open(part string, open func(addr string) (string, error)) error {
	if port := b.asked.asked(part); port != 0 {
		_, err := open(b.address(port))
		if inUse(err) {
			return &takenError{part, port, portOwner(port)}
		}
		return err
	}
	want := defaults[part]
	if b.any {
		want = 0
	}
	if kept, ok := b.kept[part]; ok {
		want = kept
	}
	addr, err := open(b.address(want))
	taken := inUse(err)
	if taken {
		addr, err = open(b.address(0))
	}
	if err != nil {
		return err
	}
	port, err := portOf(addr)
	if err != nil {
		return err
	}
	if taken && b.moved != nil {
		b.moved(part, want, port)
	}
	return b.keep(part, port)
}

// takenError says who has a port that was asked for.
type takenError struct {
	part  string
	port  int
	owner string // "" is not known
}

func (e *takenError) Error() string {
	if e.owner == "" {
		return fmt.Sprintf("port %d, asked for %s, is taken (hint: `sudo ss -ltnp` shows who has it; --%s-port asks for another)", e.port, e.part, e.part)
	}
	return fmt.Sprintf("port %d, asked for %s, is taken by %s (hint: stop it, or ask for another with --%s-port)", e.port, e.part, e.owner, e.part)
}

// Unwrap makes it what the system calls it.
func (e *takenError) Unwrap() error { return syscall.EADDRINUSE }

// Port is Server.Port where there is no data directory to keep ports in, on loopback.
func Port(part string, asked Ports, free bool, moved func(part string, taken, port int), open func(addr string) (string, error)) error {
	b := &portBook{host: "127.0.0.1", asked: asked, any: free, kept: map[string]int{}, moved: moved}
	return b.open(part, open)
}

func (b *portBook) keep(part string, port int) error {
	if b.path == "" {
		return nil
	}
	if port == defaults[part] || port == b.kept[part] {
		return nil // the default needs no keeping, and what was kept is
	}
	b.kept[part] = port
	return writeJSON(b.path, b.kept)
}

func (b *portBook) address(port int) string { return net.JoinHostPort(b.host, strconv.Itoa(port)) }
