package main

import (
	"fmt"
	"strings"
	"time"

	"ticklake/internal/pipeline"
)

// tellAway says that a service has gone away, while the parts go on trying.
func (a *app) tellAway(away pipeline.Away) {
	reason, hint, found := strings.Cut(away.Reason, "hint: ") // as our own servers end a message
	if found {
		hint = "; hint: " + hint
	}
	_, _ = fmt.Fprintf(a.err, "ticklake: %s%s; what needs it waits and goes on by itself, and nothing is lost%s\n",
		strings.TrimRight(reason, "., (;"), a.byOf(away.Service), hint)
}

// tellBack says that it is back.
func (a *app) tellBack(away pipeline.Away, after time.Duration) {
	_, _ = fmt.Fprintf(a.err, "ticklake: %s is back, after %s\n", away.Service, span(after))
}

// byOf is by whose word a service is asked where it is.
func (a *app) byOf(service string) string {
	switch {
	case a.found == nil:
		return ""
	case service == "Kafka":
		return inParentheses(a.found.kafka.by())
	}
	if p := a.found.of(service); p != nil {
		return inParentheses(p.by())
	}
	return ""
}

func inParentheses(by string) string {
	if by == "" {
		return ""
	}
	return " (" + strings.TrimLeft(by, ",; ") + ")"
}
