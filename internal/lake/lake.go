// Package lake says how ticks are stored: names and folders, the layout that decides a row's form, the chain of cuts,
// and the file formats of the raw, curated and dead zones. It reads and writes bytes; where they are kept is not its
// business. docs/formats.md describes the same for readers who have other tools.
package lake

import (
	"fmt"
	"strings"
)

// Zone is one of the three trees of a lake's objects.
type Zone string

// The zones.
const (
	Raw     Zone = "raw"     // ticks as received, as CSV
	Curated Zone = "curated" // the same ticks, typed, as Parquet
	Dead    Zone = "dead"    // what could not be a tick, as JSON lines
)

// suffix ends the names of a zone's files.
func (z Zone) suffix() string {
	switch z {
	case Raw:
		return ".csv.gz"
	case Curated:
		return ".parquet"
	default:
		return ".jsonl.gz"
	}
}

// ContentType is the media type of a zone's files.
func (z Zone) ContentType() string {
	switch z {
	case Raw, Dead:
		return "application/gzip"
	default:
		return "application/vnd.apache.parquet"
	}
}

// Key names the file of a cut in a folder of a zone: "raw/ticks/dt=2024-05-17/ticks-00003-0000000042.csv.gz".
func (z Zone) Key(topic, folder string, partition int32, cut int64) string {
	return fmt.Sprintf("%s/%s/%s/%s-%05d-%010d%s", z, topic, folder, topic, partition, cut, z.suffix())
}

// Prefix is what the keys of a topic's files in z begin with.
func (z Zone) Prefix(topic string) string { return string(z) + "/" + topic + "/" }

// Table is the name of the table over a topic's files in z.
func (z Zone) Table(topic string) string {
	name := strings.NewReplacer(".", "_", "-", "_").Replace(strings.ToLower(topic))
	if z == Curated {
		return name
	}
	return string(z) + "_" + name
}

// MaxPartition is the highest partition number that a file name has room for.
const MaxPartition = 99_999

// CheckTopic returns an error unless a topic of that name can have a lake.
func CheckTopic(topic string) error {
	switch {
	case topic == "" || len(topic) > 200:
		return fmt.Errorf("topic %.80q: a name has 1 to 200 bytes", topic)
	case strings.Trim(topic, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != "":
		return fmt.Errorf("topic %.80q: a name has letters, digits, '.', '_' and '-' only", topic)
	case topic[0] == '_' || topic[0] == '.':
		return fmt.Errorf("topic %q: a name that begins with %q is hidden from Athena and Hive; choose another topic", topic, topic[:1])
	}
	return nil
}
