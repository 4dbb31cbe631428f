package wrong

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"ticklake/e2e/program"
)

// forbidden makes a file that its owner may not read.
func forbidden(t *testing.T, p *program.Place, name string) string {
	t.Helper()
	p.Write(name, "max-age: 5s\n")
	if err := os.Chmod(filepath.Join(p.Dir, name), 0); err != nil {
		t.Fatal(err)
	}
	return name
}

// asNobodySpecial runs a command for which files' modes count: root does so without its privilege to pass them by.
func asNobodySpecial(t *testing.T) (via []string) {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	return runs(t, "setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--")
}

// mounted runs a command where a script has mounted something, in a mount namespace of its own; $0 is dir.
func mounted(t *testing.T, script, dir string) (via []string) {
	t.Helper()
	via = []string{"unshare", "-m"}
	if os.Geteuid() != 0 {
		via = []string{"unshare", "-r", "-m"}
	}
	via = append(via, "sh", "-c", script+` && exec "$@"`, dir)
	return runs(t, via...)
}

// runs skips the test where a command cannot run another.
func runs(t *testing.T, via ...string) []string {
	t.Helper()
	if out, err := exec.Command(via[0], append(via[1:], "true")...).CombinedOutput(); err != nil {
		t.Skipf("%v: %v: %s", via, err, out)
	}
	return via
}

// readOnly mounts dir read-only.
func readOnly(t *testing.T, dir string) []string {
	t.Helper()
	return mounted(t, `mount --bind "$0" "$0" && mount -o remount,bind,ro "$0"`, dir)
}

// full mounts a disk of a MiB at dir that has so many KiB left.
func full(t *testing.T, dir string, left int) []string {
	t.Helper()
	script := fmt.Sprintf(`mount -t tmpfs -o size=1m tmpfs "$0" && dd if=/dev/zero of="$0/lost+found" bs=1k count=%d 2>/dev/null`, 1024-left)
	if left == 0 {
		script = `mount -t tmpfs -o size=1m tmpfs "$0" && { dd if=/dev/zero of="$0/lost+found" bs=1k 2>/dev/null; :; }`
	}
	return mounted(t, script, dir)
}
