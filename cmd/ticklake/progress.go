package main

import (
	"fmt"
	"math"
	"time"

	"github.com/schollz/progressbar/v3"
)

// unit is what is counted, in the singular.
type unit string

const (
	inRows  unit = "row"
	inTicks unit = "tick"
	inBytes unit = ""
)

// Progress is looked at every progressEvery, and shown on a terminal of what takes longer than progressAfter; where there
// is no terminal a line is printed every progressLine.
const (
	progressEvery = 200 * time.Millisecond
	progressAfter = time.Second
	progressLine  = 10 * time.Second
)

// progress tells on stderr how far something is until stop is called: share, rate and time left, on a terminal as a line
// that changes and leaves nothing behind, elsewhere as a line now and then. what says in a few words what is done
// ("sending prices.csv"). count is called a few times a second by another goroutine; total is 0 while it is not known.
// stop may be called again, and waits until nothing more is printed.
//
//	stop := a.progress("sending prices.csv", inRows, func() (done, total int64) { … })
//	defer stop()
func (a *app) progress(what string, of unit, count func() (done, total int64)) (stop func()) {
	p := &progress{screen: screenOf(a.err), what: what, unit: of, began: time.Now()}
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			select {
			case now := <-tick.C:
				done, total := count()
				p.look(now, done, total)
			case <-quit:
				p.hide()
				return
			}
		}
	}()
	return func() {
		select {
		case <-ended:
		default:
			close(quit)
			<-ended
		}
	}
}

// progress is something that is under way.
type progress struct {
	screen  *screen
	what    string
	unit    unit
	began   time.Time
	told    time.Time // the last line, where there is no terminal
	through bool      // that line told the end
	samples []sample
	bar     *bar
}

// sample is how far it was at an instant.
type sample struct {
	at   time.Time
	done int64
}

// rateOver is how far back the rate looks.
const rateOver = 15 * time.Second

// look shows how far it is now, where it is time to.
func (p *progress) look(now time.Time, done, total int64) {
	p.samples = append(p.samples, sample{now, done})
	for len(p.samples) > 2 && now.Sub(p.samples[1].at) > rateOver {
		p.samples = p.samples[1:]
	}
	switch {
	case p.screen.terminal() && now.Sub(p.began) >= progressAfter:
		p.show(share(done, total), p.what+": "+p.figures(done, total))
	case !p.screen.terminal() && now.Sub(p.began) >= progressLine && now.Sub(p.told) >= progressLine:
		if p.through {
			return // it has been told
		}
		p.told, p.through = now, total > 0 && done >= total
		words := p.figures(done, total)
		if s := share(done, total); s >= 0 {
			words = fmt.Sprintf("%d%%, %s", int(100*s), words)
		}
		_, _ = fmt.Fprintf(p.screen, "ticklake: %s: %s\n", p.what, words)
	}
}

// share is how much of all is done, at most 1; below 0 where that is not known.
func share(done, total int64) float64 {
	if total <= 0 {
		return -1
	}
	return min(1, float64(done)/float64(total))
}

// figures are amount, rate and time left in words.
func (p *progress) figures(done, total int64) string {
	words := p.unit.amount(done)
	if total > 0 {
		words = p.unit.bare(done) + " of " + p.unit.amount(total)
	}
	rate := p.rate()
	if rate >= 0.5 {
		words += ", " + p.unit.amount(int64(rate+0.5)) + "/s"
	}
	if left := float64(total - done); rate > 0 && left > 0 {
		words += ", " + roughly(left/rate) + " left"
	}
	return words
}

// rate is how much was done in a second, of late.
func (p *progress) rate() float64 {
	first, last := p.samples[0], p.samples[len(p.samples)-1]
	if passed := last.at.Sub(first.at).Seconds(); passed > 0 {
		return float64(last.done-first.done) / passed
	}
	return 0
}

// roughly is a time left, in seconds, as nobody knows it better.
func roughly(seconds float64) string {
	switch {
	case seconds < 60:
		return fmt.Sprintf("%d s", int(max(1, seconds+0.5)))
	case seconds < 3600:
		return fmt.Sprintf("%d min", int(math.Ceil(seconds/60)))
	case seconds < 1000*3600:
		return fmt.Sprintf("%.1f h", seconds/3600)
	}
	return "weeks"
}

func (u unit) amount(n int64) string {
	if u == inBytes {
		return size(n)
	}
	return plural(n, string(u))
}

func (u unit) bare(n int64) string {
	if u == inBytes {
		return size(n)
	}
	return count(n)
}

// bar is a line on a terminal.
type bar struct {
	*progressbar.ProgressBar
	known bool // how much there is in all
}

const (
	barWidth = 24
	barSteps = 1000 // the share is drawn in these
)

func newBar(s *screen, known bool) *bar {
	steps := int64(-1)
	if known {
		steps = barSteps
	}
	return &bar{known: known, ProgressBar: progressbar.NewOptions64(steps,
		progressbar.OptionSetWriter(s.file), progressbar.OptionUseANSICodes(true), progressbar.OptionSetWidth(barWidth),
		progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(false), progressbar.OptionShowDescriptionAtLineEnd(),
		progressbar.OptionSetSpinnerChangeInterval(0), progressbar.OptionSpinnerType(14), progressbar.OptionThrottle(0),
		progressbar.OptionSetTheme(progressbar.Theme{Saucer: "█", SaucerPadding: "░"}))}
}

// show draws the line on the terminal. It never reaches the bar's end, behind which the library draws no more.
func (p *progress) show(share float64, words string) {
	columns, _ := p.screen.size()
	if columns == 0 {
		columns = 80 // it does not say
	}
	p.screen.line.mu.Lock()
	defer p.screen.line.mu.Unlock()
	if known := share >= 0; p.bar == nil || p.bar.known != known {
		p.bar = newBar(p.screen, known)
	}
	if p.bar.known {
		_ = p.bar.Set64(min(barSteps-1, int64(share*barSteps))) // a terminal that is gone is nobody's
	}
	const around = 9 // the share, and blanks
	p.bar.Describe(fit(words, max(columns-around, around)))
	p.screen.line.wipe = func() { _, _ = p.screen.w.Write([]byte("\r\x1b[2K")) }
}

// hide wipes the line.
func (p *progress) hide() {
	p.screen.line.mu.Lock()
	defer p.screen.line.mu.Unlock()
	if p.screen.line.wipe != nil {
		p.screen.line.wipe()
		p.screen.line.wipe = nil
	}
}
