// Package insight has named questions to the lake, each one SQL file with a head that says what it asks, what it takes
// and what its columns mean. The SQL is Athena's; it reads the curated table alone.
package insight

import (
	"cmp"
	"embed"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
)

//go:embed sql/*.sql
var files embed.FS

// Insight is a named question.
type Insight struct {
	Name     string   `json:"name"`
	Title    string   `json:"title"`
	Question string   `json:"question"`
	Params   []Param  `json:"params"`
	Columns  []Column `json:"columns"`
	Needs    []Need   `json:"needs,omitempty"`
	Draw     Draw     `json:"draw"`
	Empty    string   `json:"empty,omitempty"` // what an answer without rows says

	sql string
}

// Column is a column of the answer.
type Column struct {
	Name    string `json:"name"`
	Unit    string `json:"unit,omitempty"`
	Meaning string `json:"meaning"`
}

// Draw is how an answer is drawn, beside its table.
type Draw struct {
	As Shape  `json:"as"`
	X  string `json:"x,omitempty"`  // the column along
	Y  string `json:"y,omitempty"`  // the column up; of candles: open, high, low and close
	By string `json:"by,omitempty"` // a line for each value of this column
}

// Shape is a form of drawing.
type Shape string

// The shapes.
const (
	AsTable   Shape = "table"
	AsBars    Shape = "bars"
	AsLine    Shape = "line"
	AsCandles Shape = "candles"
)

// Kind is the type of a parameter.
type Kind string

// The kinds of parameters.
const (
	Date    Kind = "date"    // 2021-05-28
	Integer Kind = "integer" // within bounds
	Symbol  Kind = "symbol"
)

// Param is something that an insight takes.
type Param struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
	// Default is a value, or "last" (the last day with data; where volume is needed, the last day with a volume, of the
	// 30 up to it), "last-30" (so many days before), "all" (every symbol) or "busiest" (the symbol with the most ticks on
	// the day). The first two may be given as values of any date, the others where they are the default; there they hide
	// a symbol that is called so.
	Default string `json:"default"`
	Min     int64  `json:"min,omitempty"` // of an integer
	Max     int64  `json:"max,omitempty"`
	Meaning string `json:"meaning"`
}

// All returns the insights by name.
var All = sync.OnceValue(func() []Insight {
	names, err := fs.Glob(files, "sql/*.sql")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	all := make([]Insight, 0, len(names))
	for _, name := range names {
		body, err := files.ReadFile(name)
		if err != nil {
			panic(err) // it was compiled in
		}
		i, err := parse(strings.TrimSuffix(path.Base(name), ".sql"), string(body))
		if err != nil {
			panic(err) // a test parses every file
		}
		all = append(all, *i)
	}
	slices.SortFunc(all, func(a, b Insight) int { return cmp.Compare(a.Name, b.Name) })
	return all
})

// Find returns the insight of that name, or an *UnknownError.
func Find(name string) (*Insight, error) {
	var names []string
	for _, i := range All() {
		if i.Name == name {
			return &i, nil
		}
		names = append(names, i.Name)
	}
	return nil, &UnknownError{"insight", name, names}
}
