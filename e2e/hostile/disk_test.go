package hostile

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"ticklake/e2e/program"
)

// disk is a small file system at a folder, in a mount namespace of its own: it goes with the process that keeps it, and
// needs no privilege where users may make namespaces.
type disk struct {
	t      *testing.T
	dir    string
	keeper *exec.Cmd
	enter  []string // what runs a command in the namespace, in a folder that is the first argument
}

// newDisk mounts one of so many MiB at the place's folder "disk", and has the place's commands see it.
func newDisk(t *testing.T, p *program.Place, mib int) *disk {
	t.Helper()
	d := &disk{t: t, dir: filepath.Join(p.Dir, "disk")}
	if err := os.Mkdir(d.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	unshare, nsenter := []string{"unshare", "-m"}, []string{"nsenter", "-m"}
	if os.Geteuid() != 0 {
		unshare, nsenter = []string{"unshare", "-r", "-m"}, []string{"nsenter", "-U", "--preserve-credentials", "-m"}
	}
	unshare = append(unshare, "sh", "-c", `mount -t tmpfs -o size="$1"m tmpfs "$2" && echo mounted && exec cat`, "sh", strconv.Itoa(mib), d.dir)
	d.keeper = exec.Command(unshare[0], unshare[1:]...)
	d.keeper.Stderr = os.Stderr
	in, err := d.keeper.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := d.keeper.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.keeper.Start(); err != nil {
		t.Skipf("no small disk to fill: %v: a mount namespace wants unshare(1), and root or user namespaces", err)
	}
	t.Cleanup(func() {
		_ = in.Close() // the keeper ends, and the disk with it
		_, _ = io.Copy(io.Discard, out)
		_ = d.keeper.Wait()
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "mounted\n" {
		t.Skipf("no small disk to fill: %q, %v: mounting one wants root, or user namespaces", line, err)
	}
	d.enter = append(nsenter, "-t", strconv.Itoa(d.keeper.Process.Pid), "--", "sh", "-c", `cd "$0" && exec "$@"`)
	p.Via = append(d.enter, p.Dir)
	return d
}

// outside is where this process finds what the namespace has at path.
func (d *disk) outside(path string) string {
	return filepath.Join("/proc", strconv.Itoa(d.keeper.Process.Pid), "root", path)
}

// fill leaves no room.
func (d *disk) fill() {
	d.t.Helper()
	f, err := os.OpenFile(d.outside(filepath.Join(d.dir, "filler")), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, size := range []int{1 << 20, 4 << 10} {
		for {
			if _, err := f.Write(make([]byte, size)); err != nil {
				break
			}
		}
	}
	_ = f.Close()
}

// free makes room again.
func (d *disk) free() {
	d.t.Helper()
	if err := os.Remove(d.outside(filepath.Join(d.dir, "filler"))); err != nil {
		d.t.Fatal(err)
	}
}
