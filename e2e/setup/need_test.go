package setup

import "testing"

// What apt-cache says of Go on some systems.
const (
	noLists = ""
	trixie  = `golang-go:
  Installed: (none)
  Candidate: 2:1.24~2
  Version table:
     2:1.24~2 500
        500 http://mirror/debian trixie/main amd64 Packages
`
	bookworm = `golang-go:
  Installed: (none)
  Candidate: 2:1.19~1
  Version table:
     2:1.19~1 500
        500 http://mirror/debian bookworm/main amd64 Packages
`
	bookwormBackports = `golang-go:
  Installed: (none)
  Candidate: 2:1.19~1
  Version table:
     2:1.23~2~bpo12+1 100
        100 http://mirror/debian bookworm-backports/main amd64 Packages
     2:1.19~1 500
        500 http://mirror/debian bookworm/main amd64 Packages
`
)

func TestNeedNamesWhatIsMissingWithItsCommand(t *testing.T) {
	const install = "sudo apt-get update && sudo apt-get install -y --no-install-recommends "
	all := func(m *machine) {
		m.stub("go", golang("1.26.8", "auto"))
		m.stub("gcc", gcc("12.2.0"))
		m.stub("g++", gcc("12.2.0"))
		m.stub("node", node("22.1.0"))
		m.stub("npm", "")
		m.stub("git", "")
		m.stub("ps", "")
		m.stub("chromium", "")
		m.stub("java", java("17.0.15"))
		m.stub("mvn", "")
		m.stub("python3", python("3.11.2", 0))
	}
	without := func(names ...string) func(m *machine) {
		return func(m *machine) {
			all(m)
			m.remove(names...)
			m.apt(trixie)
		}
	}
	for _, c := range []struct {
		name    string
		purpose string
		machine func(m *machine)
		code    int
		want    []string
	}{
		{"nothing is", "test", all, 0, nil},
		{"nothing that the build wants is", "build", without("git", "ps", "java", "mvn", "python3", "chromium"), 0, nil},
		{"Go", "build", without("go"), 1, []string{"missing: Go. ", install + "golang-go\n"}},
		{"a C compiler", "build", without("gcc", "g++"), 1, []string{"missing: a C compiler, a C++ compiler", install + "gcc libc6-dev g++\n"}},
		{"the C compiler that CC names", "build", func(m *machine) {
			without()(m)
			m.env = append(m.env, "CC=clang -m64")
		}, 1, []string{"there is no clang -m64, the C compiler that CC names"}},
		{"git and ps", "test", without("git", "ps"), 1, []string{"missing: git, ps. ", install + "git procps\n"}},
		{"Java and Maven", "test", without("java", "mvn"), 1, []string{"missing: Java, Maven. ", install + "default-jre-headless maven\n"}},
		{"Node.js", "build", without("node"), 1, []string{"missing: Node.js. ", install + "nodejs npm\n"}},
		{"npm", "build", without("npm"), 1, []string{"missing: npm. ", install + "npm\n"}},
		{"Node.js, where the system's is too old", "build", func(m *machine) {
			without("node")(m)
			m.stub("apt-cache", `[ "$2" = nodejs ] && printf 'nodejs:\n  Candidate: 18.20.4+dfsg-1~deb12u1\n'`)
		}, 1, []string{"Node.js is missing, and the package here is of 18.20.4, too old: it wants 20.19 or newer", "https://nodejs.org"}},
		{"a browser", "test", without("chromium"), 1, []string{"missing: Chromium. ", install + "chromium\n"}},
		{"the browser that CHROMIUM names", "test", func(m *machine) {
			without()(m)
			m.env = append(m.env, "CHROMIUM=/opt/chrome")
		}, 1, []string{"there is no /opt/chrome, the browser that CHROMIUM names"}},
		{"Python", "test", without("python3"), 1, []string{"missing: Python. ", install + "python3 python3-venv\n"}},
		{"Python's venv", "test", func(m *machine) {
			without()(m)
			m.stub("python3", python("3.11.2", 1))
		}, 1, []string{"missing: Python's venv. ", install + "python3-venv\n"}},
		{"Go, where the system's is too old", "build", func(m *machine) {
			m.apt(bookworm)
		}, 1, []string{"Go is missing, and the package here is of 1.19, too old: it wants 1.21 or newer", "https://go.dev/dl"}},
		{"Go, where another suite has one", "build", func(m *machine) {
			m.apt(bookwormBackports)
		}, 1, []string{install + "-t bookworm-backports golang-go gcc libc6-dev g++ nodejs npm\n"}},
		{"Go, where no lists are", "build", func(m *machine) {
			m.apt(noLists)
		}, 1, []string{install + "golang-go gcc libc6-dev g++ nodejs npm\n"}},
		{"everything, on another system", "build", func(m *machine) {}, 1, []string{"missing: Go, a C compiler, a C++ compiler, Node.js. Install what is missing", "golang-go gcc libc6-dev g++ nodejs npm"}},
		{"Go, where sudo asks for a password", "build", func(m *machine) {
			without("go")(m)
			m.stub("sudo", "exit 1")
		}, 1, []string{install + "golang-go\n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMachine(t)
			c.machine(m)
			text, code := m.run("need", c.purpose)
			if code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			wants(t, text, c.want...)
			if len(c.want) == 0 && text != "" {
				t.Errorf("it says %q", text)
			}
			if asked := m.asked(); asked != "" {
				t.Errorf("it has installed something: %s", asked)
			}
		})
	}
}

func TestNeedNamesWhatIsTooOld(t *testing.T) {
	for _, c := range []struct {
		name    string
		machine func(m *machine)
		want    []string
	}{
		{"Go", func(m *machine) { m.stub("go", golang("1.19.8", "")) }, []string{"Go 1.19.8 (", "too old: it wants 1.21 or newer", "https://go.dev/dl"}},
		{"Go, with a newer package", func(m *machine) {
			m.stub("go", golang("1.20.14", ""))
			m.apt(trixie)
		}, []string{"Go 1.20.14 (", "Try: sudo apt-get install -y --no-install-recommends golang-go"}},
		{"Go, with a newer package in another suite", func(m *machine) {
			m.stub("go", golang("1.19.8", ""))
			m.apt(bookwormBackports)
		}, []string{"Try: sudo apt-get install -y --no-install-recommends -t bookworm-backports golang-go"}},
		{
			"Go, which may not fetch another", func(m *machine) { m.stub("go", golang("1.24.4", "local")) },
			[]string{"go1.24.4 may not fetch Go 1.26.0", "make … GOTOOLCHAIN=auto"},
		},
		{"Go, which cannot fetch another", func(m *machine) {
			m.stub("go", `[ "$1" = list ] && { echo "go: connection refused" >&2; exit 1; }`+"\n"+golang("1.24.4", "auto"))
		}, []string{"fetching Go 1.26.0", "go: connection refused", "cannot be fetched"}},
		{"the compiler", func(m *machine) { m.stub("g++", gcc("10.2.1")) }, []string{"g++ 10.2.1 is too old", "11 or newer"}},
		{"Node.js", func(m *machine) { m.stub("node", node("18.20.4")) }, []string{"Node.js 18.20.4 (", "20.19 or newer", "https://nodejs.org"}},
		{"Java", func(m *machine) { m.stub("java", java("11.0.23")) }, []string{"Java 11.0.23 (", "17 or newer"}},
		{"Java of old", func(m *machine) { m.stub("java", java("1.8.0_402")) }, []string{"Java 1.8.0_402 (", "17 or newer"}},
		{"Python", func(m *machine) { m.stub("python3", python("3.9.2", 0)) }, []string{"Python 3.9.2 (", "3.11 or newer"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMachine(t)
			m.stub("go", golang("1.26.8", "auto"))
			m.stub("gcc", gcc("12.2.0"))
			m.stub("g++", gcc("12.2.0"))
			m.stub("node", node("20.19.0"))
			m.stub("npm", "")
			m.stub("chromium", "")
			m.stub("git", "")
			m.stub("ps", "")
			m.stub("java", java("21.0.1"))
			m.stub("mvn", "")
			m.stub("python3", python("3.13.5", 0))
			c.machine(m)
			text, code := m.run("need", "test")
			if code != 1 {
				t.Errorf("exit code %d", code)
			}
			wants(t, text, c.want...)
			if asked := m.asked(); asked != "" {
				t.Errorf("it has installed something: %s", asked)
			}
		})
	}
}

func TestNeedInstallsWhereItMay(t *testing.T) {
	root := func(m *machine) { m.stub("id", "echo 0") }
	sudo := func(m *machine) { m.stub("sudo", `[ "$1" = -n ] && shift; "$@"`) }
	for _, c := range []struct {
		name   string
		may    func(m *machine)
		policy string
		want   string
	}{
		{"as root", root, trixie, "golang-go gcc libc6-dev g++ nodejs npm"},
		{"by sudo", sudo, trixie, "golang-go gcc libc6-dev g++ nodejs npm"},
		{"from another suite", root, bookwormBackports, "-t bookworm-backports golang-go gcc libc6-dev g++ nodejs npm"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMachine(t)
			m.apt(c.policy)
			c.may(m)
			text, code := m.run("need", "build")
			if code != 0 {
				t.Errorf("exit code %d", code)
			}
			wants(t, text, "missing: Go, a C compiler, a C++ compiler, Node.js\n", "fetching the lists of packages\n", "installing golang-go gcc libc6-dev g++ nodejs npm\n")
			wants(t, m.asked(), "apt-get update ", "apt-get install ", c.want+"\n")
		})
	}
}

func TestNeedShowsWhyInstallingFails(t *testing.T) {
	m := newMachine(t)
	m.stub("id", "echo 0")
	m.apt(trixie)
	m.stub("apt-get", `echo "E: $1: no such thing"; exit 100`)
	text, code := m.run("need", "build")
	if code != 1 {
		t.Errorf("exit code %d", code)
	}
	wants(t, text, "E: update: no such thing", "going on with the lists that are here", "E: install: no such thing", "installing golang-go gcc libc6-dev g++ nodejs npm failed")
}

func TestNeedDoesNotInstallAnOldGo(t *testing.T) {
	m := newMachine(t)
	m.stub("id", "echo 0")
	m.apt(bookworm)
	text, code := m.run("need", "build")
	if code != 1 {
		t.Errorf("exit code %d", code)
	}
	wants(t, text, "the package here is of 1.19, too old")
	if asked := m.asked(); asked != "apt-get update -q -o DPkg::Lock::Timeout=120\n" {
		t.Errorf("asked %q", asked)
	}
}
