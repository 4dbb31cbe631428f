package main

import (
	"net"
	"strings"
	"time"

	"ticklake/internal/httpd"
	"ticklake/internal/lake"
	"ticklake/internal/local"
)

// checkValues refuses values that cannot be meant, before anything is started.
func (f *upFlags) checkValues() error {
	for _, port := range []struct {
		flag string
		port int
	}{
		{"kafka-port", f.ports.Kafka},
		{"web-port", f.ports.Web},
		{"s3-port", f.ports.S3},
		{"glue-port", f.ports.Glue},
		{"athena-port", f.ports.Athena},
		{"operations-port", f.ports.Operations},
	} {
		if port.port < 0 || port.port > 65535 {
			return usage("--%s %d: a port is 1 to 65535", port.flag, port.port)
		}
	}
	if f.retain < 1 {
		return usage("--retain %d: it is a number of bytes, at least 1", f.retain)
	}
	if err := checkWidth(f.granularity); err != nil {
		return err
	}
	if err := f.sink.check(); err != nil {
		return err
	}
	return nil
}

// checkListen refuses an address that cannot be listened on, and one that lets others in where nothing has keys to ask for.
func (f *upFlags) checkListen(p parts) error {
	if err := local.CheckListen(f.listen, f.advertise); err != nil {
		return usageError{err}
	}
	if !p.servers() && !httpd.Loopback(net.JoinHostPort(strings.Trim(f.listen, "[]"), "0")) {
		return usage("--listen %s lets other machines in, and none of the parts started here has keys that they could be asked for; "+
			"hint: it is for kafka, s3, glue and athena", f.listen)
	}
	return nil
}

// checkTopic refuses a name that no topic of ours can have.
func checkTopic(name string) error {
	if err := lake.CheckTopic(name); err != nil {
		return usageError{err}
	}
	return nil
}

// checkWidth refuses what is no width of a folder; "" is the default.
func checkWidth(width string) error {
	switch lake.Granularity(width) {
	case "", lake.Year, lake.Month, lake.Day, lake.Hour:
		return nil
	}
	return usage("--granularity %.80q: it is year, month, day or hour", width)
}

// check refuses limits that are none.
func (f *sinkFlags) check() error {
	for _, span := range []struct {
		flag string
		is   time.Duration
	}{{"max-age", f.maxAge}, {"max-idle", f.maxIdle}, {"session-timeout", f.sessionTimeout}} {
		if span.is <= 0 {
			return usage("--%s %v: it is a length of time above 0, such as 20s", span.flag, span.is)
		}
	}
	if f.maxRecords < 0 {
		return usage("--max-records %d: it is a number of records, or 0 for no limit", f.maxRecords)
	}
	if f.memory < 1 {
		return usage("--memory %d: it is a number of bytes", f.memory)
	}
	return nil
}
