package trino

// The syntax tree: what was written, before any name means anything.

type (
	// node is an expression as written.
	node interface{ at() Pos }

	base struct{ pos Pos }

	numberLit struct {
		base
		kind tokenKind
		text string
		neg  bool
	}
	stringLit struct {
		base
		text string
	}
	binaryLit struct {
		base
		text string
	}
	boolLit struct {
		base
		v bool
	}
	nullLit struct{ base }
	// typedLit is DATE '…', DECIMAL '…', integer '5', JSON '…'.
	typedLit struct {
		base
		typ  typeName
		text string
	}
	intervalLit struct {
		base
		neg      bool
		text     string
		from, to string
	}
	// identNode and derefNode have the name in lower case, which is how names are compared, and as written.
	identNode struct {
		base
		name, label string
	}
	derefNode struct {
		base
		x           node
		name, label string
	}
	// unaryNode is "-", "+" or "NOT".
	unaryNode struct {
		base
		op string
		x  node
	}
	// binaryNode is arithmetic, "||", a comparison, AND or OR, IS DISTINCT FROM. pos is the operator's.
	binaryNode struct {
		base
		op   string
		l, r node
	}
	isNullNode struct {
		base
		x   node
		not bool
	}
	betweenNode struct {
		base
		x, lo, hi node
		not       bool
	}
	inNode struct {
		base
		x    node
		list []node
		sub  *queryNode
		not  bool
	}
	likeNode struct {
		base
		x, pattern, escape node
		not                bool
	}
	existsNode struct {
		base
		sub *queryNode
	}
	subqueryNode struct {
		base
		sub *queryNode
	}
	quantifiedNode struct {
		base
		op  string
		all bool
		x   node
		sub *queryNode
	}
	whenNode struct{ cond, then node }
	caseNode struct {
		base
		operand node
		whens   []whenNode
		other   node
	}
	castNode struct {
		base
		x   node
		typ typeName
		try bool
	}
	extractNode struct {
		base
		field string
		x     node
	}
	atZoneNode struct {
		base
		x, zone node
	}
	subscriptNode struct {
		base
		x, index node
	}
	arrayNode struct {
		base
		items []node
	}
	rowNode struct {
		base
		items []node
	}
	lambdaNode struct {
		base
		params []string
		body   node
	}
	// paramNode is a "?" and the value that was given for it.
	paramNode struct {
		base
		value node
	}
	// currentNode is CURRENT_DATE, CURRENT_TIMESTAMP and their kin.
	currentNode struct {
		base
		what      string
		precision int
	}
	callNode struct {
		base
		name        string
		args        []node
		star        bool
		distinct    bool
		orderBy     []sortNode
		filter      node
		window      *windowNode
		ignoreNulls bool
		respect     bool
		withinGroup bool
	}
	windowNode struct {
		base
		name      string
		partition []node
		orderBy   []sortNode
		frame     *frameNode
	}
	frameNode struct {
		base
		unit       string
		start, end frameBound
	}
	frameBound struct {
		kind string // UNBOUNDED PRECEDING, PRECEDING, CURRENT ROW, FOLLOWING, UNBOUNDED FOLLOWING
		x    node
	}
	sortNode struct {
		x          node
		desc       bool
		nullsFirst *bool
	}
)

func (b base) at() Pos { return b.pos }

// typeName is a type as written.
type typeName struct {
	pos    Pos
	name   string // lower case; "timestamp with time zone" in one
	args   []typeName
	number int // a length, a precision or a scale, where args has it as a number
	isNum  bool
	field  string // a field's name in a row
}

type (
	// queryNode is WITH … body ORDER BY … OFFSET … LIMIT ….
	queryNode struct {
		base
		recursive bool
		with      []cteNode
		body      bodyNode
		orderBy   []sortNode
		offset    node
		limit     node
		hasLimit  bool
		limitPos  Pos
		withTies  bool
	}
	cteNode struct {
		base
		name    string
		columns []string
		query   *queryNode
	}
	bodyNode interface{ at() Pos }

	setOpNode struct {
		base
		op   string // UNION, EXCEPT, INTERSECT
		all  bool
		l, r bodyNode
	}
	valuesNode struct {
		base
		rows []node
	}
	tableBody struct {
		base
		name []string
	}
	selectNode struct {
		base
		distinct bool
		items    []selectItem
		from     []relNode
		where    node
		grouping *groupByNode
		having   node
		windows  []namedWindow
	}
	selectItem struct {
		pos   Pos
		x     node
		alias string
		star  bool // x is nil for "*", the qualifier for "t.*"
		names []string
	}
	namedWindow struct {
		pos  Pos
		name string
		spec *windowNode
	}
	groupByNode struct {
		distinct bool
		elements []groupElement
	}
	groupElement struct {
		pos  Pos
		kind string // "", ROLLUP, CUBE, SETS
		sets [][]node
	}
	relNode interface{ at() Pos }

	tableNode struct {
		base
		name []string
	}
	derivedNode struct {
		base
		sub *queryNode
	}
	unnestNode struct {
		base
		items      []node
		ordinality bool
	}
	aliasNode struct {
		base
		rel     relNode
		alias   string
		columns []string
	}
	joinNode struct {
		base
		kind  string // CROSS, INNER, LEFT, RIGHT, FULL
		l, r  relNode
		on    node
		using []string
	}
	sampleNode struct {
		base
		rel     relNode
		method  string
		percent node
	}
)

type (
	showNode struct {
		base
		what    string // SCHEMAS, TABLES, COLUMNS, PARTITIONS, CREATE TABLE
		name    []string
		pattern *string
	}
	// createNode is CREATE TABLE name WITH (…) AS query.
	createNode struct {
		base
		name       []string
		exists     bool // IF NOT EXISTS
		comment    string
		properties []propertyNode
		query      *queryNode
		noData     bool
	}
	// unloadNode is UNLOAD (query) TO 's3://…' WITH (…).
	unloadNode struct {
		base
		query      *queryNode
		to         string
		properties []propertyNode
	}
	propertyNode struct {
		base
		name  string
		value node
	}
	describeNode struct {
		base
		name []string
	}
)
