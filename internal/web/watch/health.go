package watch

import (
	"slices"
	"time"
)

// State is how a station is.
type State string

// The states, the best first but for Nothing.
const (
	Well    State = "well"
	Look    State = "look"
	Broken  State = "broken"
	Nothing State = "nothing" // yet
)

func (s State) rank() int { return slices.Index([]State{Nothing, Well, Look, Broken}, s) }

// Figure is a number, or a text, with its unit.
type Figure struct {
	Name  string  `json:"name"`
	Label string  `json:"label"`
	Value any     `json:"value"` // a number or a string
	Unit  *string `json:"unit"`
}

// Station is one of the six on a tick's way.
type Station struct {
	Name    string     `json:"name"`
	State   State      `json:"state"`
	Word    string     `json:"word"`
	Since   *time.Time `json:"since"`
	Vital   []Figure   `json:"vital"`
	Figures []Figure   `json:"figures"`
}

// Problem is something that somebody should look at.
type Problem struct {
	ID      string     `json:"id"`
	Station string     `json:"station"`
	State   State      `json:"state"`
	Title   string     `json:"title"`
	Since   time.Time  `json:"since"`
	Detail  string     `json:"detail"`
	Lost    string     `json:"lost"`
	Works   string     `json:"works"`
	NextTry *time.Time `json:"next_try"`
	Try     []Try      `json:"try"`
}

// Try is something to try.
type Try struct {
	Text    string  `json:"text"`
	Command *string `json:"command"`
}

// Health is all of it.
type Health struct {
	Time     time.Time `json:"time"`
	State    State     `json:"state"`
	Stations []Station `json:"stations"`
	Problems []Problem `json:"problems"`
	Clients  int       `json:"clients"`
}

// unit is a unit of a figure; "" is none.
func unit(u string) *string {
	if u == "" {
		return nil
	}
	return &u
}

func number[N int | int64 | float64](name, label string, n N, u string) Figure {
	return Figure{name, label, n, unit(u)}
}

func words(name, label, text string) Figure { return Figure{name, label, text, nil} }

// seconds is a span rounded to a tenth of a second.
func seconds(d time.Duration) float64 { return d.Round(100 * time.Millisecond).Seconds() }

// command is something to copy.
func command(text, line string) Try { return Try{text, &line} }

func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
