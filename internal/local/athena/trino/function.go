package trino

import (
	"strings"
	"sync"
)

// FunctionKind says where a function may stand.
type FunctionKind string

// The kinds of functions. An aggregate may also stand before OVER.
const (
	Scalar      FunctionKind = "scalar"
	AggregateFn FunctionKind = "aggregate"
	WindowFn    FunctionKind = "window"
)

// Function is one entry of the table of functions: everything that is known of it stands here.
type Function struct {
	Name       string
	Kind       FunctionKind
	Meaning    string
	Signatures []Signature
	Examples   []Example
}

// Example is an expression and its value in Athena's text form: documentation and test in one.
type Example struct{ SQL, Want string }

// Signature is one way to call a function: "(varchar(x), bigint) -> varchar(x)". A single letter stands for a
// type, in a type's parentheses for a number; "..." after the last argument repeats it; function(T,U) is a lambda.
type Signature struct {
	Text string
	// Lower is the engine's expression: $1 … $9 are the arguments, $* all of them, $t the result's type in the
	// engine's words, $e that of its element. "@name" is a rule of the engine's package. No engine is known here.
	Lower string
	// Result computes the result's type where Text cannot say it.
	Result func(args []Type) Type

	args     []typeName
	variadic bool
	ret      typeName
}

// LookupFunction finds a function by its name in lower case, or nil.
func LookupFunction(name string) *Function { return functionTable()[name] }

// Functions lists every function by name: documentation is made from it.
func Functions() []*Function {
	t := functionTable()
	out := make([]*Function, 0, len(t))
	for _, name := range sortedKeys(t) {
		out = append(out, t[name])
	}
	return out
}

var functionTable = sync.OnceValue(func() map[string]*Function {
	t := make(map[string]*Function)
	for _, group := range [][]Function{mathFunctions(), textFunctions(), timeFunctions(), logicFunctions(), arrayFunctions(), jsonFunctions(), aggregateFunctions(), windowFunctions()} {
		for i := range group {
			f := &group[i]
			if t[f.Name] != nil {
				panic("function " + f.Name + " stands twice in the table")
			}
			for j := range f.Signatures {
				f.Signatures[j].read(f.Name)
			}
			t[f.Name] = f
		}
	}
	return t
})

// read turns the text of a signature, which only this package writes, into patterns.
func (s *Signature) read(name string) {
	toks, err := lex(s.Text)
	if err != nil {
		panic(name + s.Text + ": " + err.Message)
	}
	p := &parser{toks: toks}
	p.expectOp("(")
	for !p.isOp(")") {
		if p.isOp(".") {
			s.variadic = true
			for p.acceptOp(".") {
			}
			break
		}
		s.args = append(s.args, p.typ())
		if !p.acceptOp(",") {
			break
		}
	}
	p.expectOp(")")
	p.expectOp("->")
	s.ret = p.typ()
	p.expectEOF()
}

// arg is the pattern of argument i.
func (s *Signature) arg(i int) typeName {
	if i >= len(s.args) {
		return s.args[len(s.args)-1]
	}
	return s.args[i]
}

func (s *Signature) takes(n int) bool {
	return n == len(s.args) || s.variadic && n >= len(s.args)
}

// each writes one signature a type: % is replaced.
func each(types, text, low string) []Signature {
	var out []Signature
	for _, t := range strings.Split(types, " ") {
		out = append(out, Signature{Text: strings.ReplaceAll(text, "%", t), Lower: low})
	}
	return out
}

func join(lists ...[]Signature) []Signature {
	var out []Signature
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

func one(text, low string) []Signature { return []Signature{{Text: text, Lower: low}} }
