package trino

// settleZone gives a call that returns a timestamp with time zone its zone, which must be known here: the
// engine holds moments alone.
func settleZone(e *Expr) *Expr {
	arg := func() string {
		name, ok := e.Args[1].Value.(string)
		if !ok || e.Args[1].Op != OpLit {
			panic(Unsupported(e.Pos, "%s with a time zone that is no literal", e.Name))
		}
		_, zone, ok := Zone(name)
		if !ok {
			throw(e.Pos, InvalidArgument, "'%s' is not a valid time zone", clip(name))
		}
		return zone
	}
	switch e.Name {
	case "at_timezone", "with_timezone", "from_unixtime":
		if len(e.Args) == 2 {
			e.Type.Zone = arg()
		}
	case "from_iso8601_timestamp", "from_iso8601_timestamp_nanos":
		e.Type.Zone = "UTC"
		text, ok := e.Args[0].Value.(string)
		if !ok {
			return e
		}
		v, t, ok := parseISO(text)
		if !ok {
			throw(e.Pos, InvalidArgument, "Invalid format: \"%s\"", clip(text))
		}
		return &Expr{Op: OpLit, Type: zonedType(e.Type.Precision, t.Zone), Value: rescale(v, t.Precision, e.Type.Precision), Pos: e.Pos}
	}
	return e
}
