package sink

// Reason is why a partition stopped, one stable word.
type Reason string

// The reasons for which a partition stops.
const (
	OtherTopic    Reason = "other_topic"    // the topic was made anew, or the cluster is another one
	LostRecords   Reason = "lost_records"   // Kafka deleted records that no cut has, or that a cut needs
	Truncated     Reason = "truncated"      // Kafka's log ends before the lake does
	OtherRecords  Reason = "other_records"  // records read again are not those of the cut
	UnknownLayout Reason = "unknown_layout" // or an unknown kind of cut: made by a newer ticklake
	ForeignObject Reason = "foreign_object" // an object stands where a cut's file belongs
	BrokenChain   Reason = "broken_chain"   // a cut that cannot be read, or does not fit
	StoreRefuses  Reason = "store_refuses"  // the store says no, for good
)

// StopError says why a partition cannot go on without losing or doubling records. Nothing was written.
type StopError struct {
	Reason Reason
	Detail string
}

func (e *StopError) Error() string { return string(e.Reason) + ": " + e.Detail }
