package lake

import (
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
	"time"
)

// Kind is what a link of a chain is.
type Kind string

// KindData is a cut that moves the records of [From, To) into its files.
const KindData Kind = "data"

// Cut is one link of a partition's chain: the decision, written before any data of it, that the offsets [From, To)
// are one batch. It is created once and never changed. Cut n begins where cut n−1 ended.
type Cut struct {
	Cut       int64  `json:"cut"` // its number, from 0
	Kind      Kind   `json:"kind"`
	Layout    int    `json:"layout"`
	Cluster   string `json:"cluster"`
	Topic     string `json:"topic"`
	TopicID   string `json:"topic_id"`
	Partition int32  `json:"partition"`
	From      int64  `json:"from"` // positions: what is not a record, such as a transaction's marker, counts
	To        int64  `json:"to"`
	Epoch     int32  `json:"epoch"` // leader epoch of the last record, −1 where not known
	Records   int64  `json:"records"`
	Files     []File `json:"files"` // raw and dead before curated
	// By and At say to people who made the cut and when. Nothing reads them back.
	By string    `json:"by"`
	At time.Time `json:"at"`
}

// File is one object of a cut.
type File struct {
	Key  string `json:"key"`
	Rows int64  `json:"rows"`
	CRC  CRC    `json:"crc32c"`
}

// CRC is the CRC-32C of a file's uncompressed rows in the order of their offsets, without a header line. A curated
// file carries that of its raw rows.
type CRC uint32

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Update adds bytes to the checksum.
func (c *CRC) Update(b []byte) { *c = CRC(crc32.Update(uint32(*c), castagnoli, b)) }

func (c CRC) String() string { return fmt.Sprintf("%08x", uint32(c)) }

// MarshalText writes eight hexadecimal digits.
func (c CRC) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads eight hexadecimal digits.
func (c *CRC) UnmarshalText(b []byte) error {
	v, err := strconv.ParseUint(string(b), 16, 32)
	if err != nil || CRC(v).String() != string(b) {
		return fmt.Errorf("crc32c %.20q: not eight hexadecimal digits", b)
	}
	*c = CRC(v)
	return nil
}

// Meta is the metadata that each object of a cut carries, and by which it is known again.
func (c *Cut) Meta(f File) map[string]string {
	return map[string]string{"cut": strconv.FormatInt(c.Cut, 10), "rows": strconv.FormatInt(f.Rows, 10), "crc32c": f.CRC.String()}
}

// SameMeta says whether an object's metadata is that of f in c.
func (c *Cut) SameMeta(f File, meta map[string]string) bool {
	for name, want := range c.Meta(f) {
		if meta[name] != want {
			return false
		}
	}
	return true
}

// cutsInFolder is how many cuts a folder of the chain holds: no more than one LIST returns.
const cutsInFolder = 1000

// MaxCut is the highest number a cut's name has room for.
const MaxCut = 9_999_999_999

// ChainPrefix is where a partition's chain stands.
func ChainPrefix(topic string, partition int32) string {
	return fmt.Sprintf("%s%05d/", TopicChains(topic), partition)
}

// TopicChains is where the chains of a topic stand, a folder a partition.
func TopicChains(topic string) string { return "_ticklake/cuts/" + topic + "/" }

// AllChains is where the chains of all topics stand.
const AllChains = "_ticklake/cuts/"

// CutKey names a cut: "_ticklake/cuts/ticks/00003/0000000/042.json".
func CutKey(topic string, partition int32, cut int64) string {
	return fmt.Sprintf("%s%07d/%03d.json", ChainPrefix(topic, partition), cut/cutsInFolder, cut%cutsInFolder)
}

// ParseCutFolder reads the name of a folder of a chain, "0000042", as the number of its first cut.
func ParseCutFolder(name string) (first int64, ok bool) {
	n, ok := fixed(name, 7)
	return n * cutsInFolder, ok
}

// ParseCutName reads a cut's name within its folder, "042.json", as its number within it.
func ParseCutName(name string) (n int64, ok bool) {
	name, ok = strings.CutSuffix(name, ".json")
	if !ok {
		return 0, false
	}
	return fixed(name, 3)
}

// ParsePartition reads the name of a chain's folder, "00003".
func ParsePartition(name string) (int32, bool) {
	n, ok := fixed(name, 5)
	return int32(n), ok
}

func fixed(s string, width int) (int64, bool) {
	if len(s) != width || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// Encode returns c as it is stored.
func (c *Cut) Encode() ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	return encode(c)
}

// ParseCut reads a stored cut and holds it against the name it was found under.
func ParseCut(body []byte, topic string, partition int32, number int64) (*Cut, error) {
	c := new(Cut)
	err := decode(body, c)
	if err == nil {
		err = c.check()
	}
	if err == nil && (c.Topic != topic || c.Partition != partition || c.Cut != number) {
		err = fmt.Errorf("it says that it is cut %d of %s/%d", c.Cut, c.Topic, c.Partition)
	}
	if err != nil {
		return nil, fmt.Errorf("read cut %s: %w", CutKey(topic, partition, number), err)
	}
	return c, nil
}

func (c *Cut) check() error {
	switch {
	case c.Kind != KindData:
		return fmt.Errorf("kind %q is not known to this ticklake; try a newer one", c.Kind)
	case c.Cut < 0 || c.Cut > MaxCut:
		return fmt.Errorf("cut number %d: out of range", c.Cut)
	case c.Partition < 0 || c.Partition > MaxPartition:
		return fmt.Errorf("partition %d: out of range", c.Partition)
	case c.From < 0 || c.To < c.From:
		return fmt.Errorf("offsets [%d, %d): out of order", c.From, c.To)
	case c.Records < 0 || c.Records > c.To-c.From:
		return fmt.Errorf("%d records in offsets [%d, %d)", c.Records, c.From, c.To)
	}
	return c.checkFiles()
}

// checkFiles holds the files against each other: every record stands in one raw or dead file, and each raw file has
// its curated one.
func (c *Cut) checkFiles() error {
	var rows int64
	raw := make(map[string]File)
	for _, f := range c.Files {
		zone, folder, err := c.place(f)
		if err != nil {
			return err
		}
		switch zone {
		case Curated:
			if r, ok := raw[folder]; !ok || r.Rows != f.Rows || r.CRC != f.CRC {
				return fmt.Errorf("file %q: not the rows of its raw file", f.Key)
			}
			delete(raw, folder)
			continue
		case Raw:
			raw[folder] = f
		}
		rows += f.Rows
	}
	if len(raw) > 0 {
		return errors.New("a raw file has no curated one")
	}
	if rows != c.Records {
		return fmt.Errorf("%d records, but %d rows in the files", c.Records, rows)
	}
	return nil
}

// place takes the key of one of c's files apart.
func (c *Cut) place(f File) (zone Zone, folder string, err error) {
	for _, zone := range []Zone{Raw, Curated, Dead} {
		rest, ok := strings.CutPrefix(f.Key, zone.Prefix(c.Topic))
		if !ok {
			continue
		}
		folder, _, _ := strings.Cut(rest, "/")
		if _, ok := FolderValue(folder); ok && f.Rows > 0 && f.Key == zone.Key(c.Topic, folder, c.Partition, c.Cut) {
			return zone, folder, nil
		}
	}
	return "", "", fmt.Errorf("file %.200q of %d rows: not one of this cut", f.Key, f.Rows)
}

// Follows returns an error unless c can stand behind prev in a chain; prev is nil before the first.
func (c *Cut) Follows(prev *Cut) error {
	switch {
	case prev == nil && c.Cut != 0:
		return fmt.Errorf("cut %d without the one before it", c.Cut)
	case prev == nil:
		return nil
	case c.Cut != prev.Cut+1:
		return fmt.Errorf("cut %d follows cut %d", c.Cut, prev.Cut)
	case c.From != prev.To:
		return fmt.Errorf("cut %d begins at offset %d, the one before it ends at %d", c.Cut, c.From, prev.To)
	case c.Layout < prev.Layout:
		return fmt.Errorf("cut %d goes back from layout %d to %d", c.Cut, prev.Layout, c.Layout)
	case c.Cluster != prev.Cluster || c.TopicID != prev.TopicID:
		return fmt.Errorf("cut %d is of topic id %s in cluster %s, the one before it of %s in %s", c.Cut, c.TopicID, c.Cluster, prev.TopicID, prev.Cluster)
	}
	return nil
}

// Ticks is how many of the cut's records are ticks; the others are dead letters.
func (c *Cut) Ticks() (n int64) {
	for _, f := range c.Files {
		if strings.HasPrefix(f.Key, Raw.Prefix(c.Topic)) {
			n += f.Rows
		}
	}
	return n
}
