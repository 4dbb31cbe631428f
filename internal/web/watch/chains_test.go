package watch

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"ticklake/internal/catalog"
	"ticklake/internal/lake"
	"ticklake/internal/objects"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const topic = "ticks"

// shop is a store that cuts are put into.
type shop struct {
	*objects.MemoryStore
	t    *testing.T
	next map[int32]int64
	to   map[int32]int64
}

func newShop(t *testing.T) *shop {
	return &shop{MemoryStore: objects.Memory(), t: t, next: make(map[int32]int64), to: make(map[int32]int64)}
}

// cut adds a cut of ten ticks in a folder; its files are put later, by files.
func (s *shop) cut(partition int32, folder string) *lake.Cut {
	s.t.Helper()
	c := &lake.Cut{
		Cut: s.next[partition], Kind: lake.KindData, Layout: 1, Cluster: "c", Topic: topic, TopicID: "id", Partition: partition,
		From: s.to[partition], To: s.to[partition] + 10, Epoch: -1, Records: 10, By: "test", At: time.Now().UTC(),
	}
	for _, zone := range []lake.Zone{lake.Raw, lake.Curated} {
		c.Files = append(c.Files, lake.File{Key: zone.Key(topic, folder, partition, c.Cut), Rows: 10, CRC: 1})
	}
	s.next[partition]++
	s.to[partition] += 10
	body, err := c.Encode()
	if err == nil {
		err = s.Create(s.t.Context(), lake.CutKey(topic, partition, c.Cut), body, nil)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func (s *shop) files(c *lake.Cut) {
	s.t.Helper()
	for _, f := range c.Files {
		if err := s.Create(s.t.Context(), f.Key, []byte("12345"), c.Meta(f)); err != nil {
			s.t.Fatal(err)
		}
	}
}

// whole adds a complete cut.
func (s *shop) whole(partition int32, folder string) { s.files(s.cut(partition, folder)) }

func follow(t *testing.T, c *chains, partitions ...int32) bool {
	t.Helper()
	changed, err := c.follow(t.Context(), partitions)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

func TestTheLakeReachesToTheNewestCompleteCut(t *testing.T) {
	s := newShop(t)
	c := newChains(s, topic)
	if follow(t, c, 0, 1) || c.chains[0].lakeTo() != -1 {
		t.Error("an empty lake has something")
	}
	s.whole(0, "dt=2026-11-24")
	if !follow(t, c, 0, 1) || c.chains[0].lakeTo() != 10 {
		t.Errorf("behind the first cut the lake reaches to %d", c.chains[0].lakeTo())
	}
	second := s.cut(0, "dt=2026-11-24")
	if !follow(t, c) || c.chains[0].lakeTo() != 10 {
		t.Errorf("with a cut without its files the lake reaches to %d", c.chains[0].lakeTo())
	}
	if follow(t, c) {
		t.Error("nothing is new, and is told")
	}
	s.files(second)
	if !follow(t, c) || c.chains[0].lakeTo() != 20 {
		t.Errorf("with its files it reaches to %d", c.chains[0].lakeTo())
	}
	newest := c.chains[0].cuts[1]
	if !newest.Complete || newest.Sizes[second.Files[0].Key] != 5 {
		t.Errorf("%+v", newest)
	}
}

func TestAnOldChainIsKnownByItsNewestCuts(t *testing.T) {
	s := newShop(t)
	for range 1005 { // more than a folder of a chain holds
		s.whole(7, "dt=2026-11-24")
	}
	c := newChains(s, topic)
	follow(t, c)
	ch := c.chains[7]
	if ch == nil || len(ch.cuts) != keptCuts || ch.lakeTo() != 10_050 || ch.cuts[0].Cut.Cut != 1005-keptCuts {
		t.Fatalf("%+v", ch)
	}
	if !ch.cuts[0].Complete || len(ch.cuts[0].Sizes) != 0 || len(ch.cuts[keptCuts-1].Sizes) != 2 {
		t.Error("the sizes of more, or of fewer, than the newest were asked for")
	}
}

func TestSQLSeesWhatIsInTheCatalogAndNothingBehindAHole(t *testing.T) {
	s := newShop(t)
	c := newChains(s, topic)
	known := map[string]bool{"2026-11-24": true}
	see := func() []string { return c.chains[0].see(func(dt string) bool { return known[dt] }) }
	s.whole(0, "dt=2026-11-24")
	s.whole(0, "dt=2026-11-25")
	s.whole(0, "dt=2026-11-24")
	follow(t, c)
	if got := see(); !slices.Equal(got, []string{"2026-11-25"}) || c.chains[0].visible != 10 {
		t.Errorf("lacking %v, seen to %d", got, c.chains[0].visible)
	}
	for range 2 * keptCuts { // the hole stays one, however many cuts come behind it
		s.whole(0, "dt=2026-11-24")
		follow(t, c)
	}
	if see(); c.chains[0].visible != 10 {
		t.Errorf("seen to %d", c.chains[0].visible)
	}
	known["2026-11-25"] = true
	if got := see(); got != nil || c.chains[0].visible != 430 {
		t.Errorf("lacking %v, seen to %d", got, c.chains[0].visible)
	}
	incomplete := s.cut(0, "dt=2026-11-24")
	follow(t, c)
	if see(); c.chains[0].visible != 430 {
		t.Error("SQL is said to see a cut that has no files")
	}
	s.files(incomplete)
	follow(t, c)
	if see(); c.chains[0].visible != 440 {
		t.Errorf("seen to %d", c.chains[0].visible)
	}
}

func TestACutThatCannotBeReadIsNotPassedOver(t *testing.T) {
	s := newShop(t)
	s.whole(0, "dt=2026-11-24")
	if err := s.Create(t.Context(), lake.CutKey(topic, 0, 1), []byte(`{"cut":1,"kind":"of a newer ticklake"}`), nil); err != nil {
		t.Fatal(err)
	}
	c := newChains(s, topic)
	if _, err := c.follow(t.Context(), nil); err == nil {
		t.Error("it is")
	}
	if c.chains[0].lakeTo() > 10 {
		t.Errorf("the lake reaches to %d", c.chains[0].lakeTo())
	}
}

// shelf is a catalog of folders.
type shelf struct {
	folders []string
	asked   []string
	err     error
}

func (s *shelf) Tables(context.Context, string) ([]*catalog.Table, error) { return nil, s.err }

func (s *shelf) Partitions(_ context.Context, _, _, expression string) iter.Seq2[catalog.Partition, error] {
	s.asked = append(s.asked, expression)
	return func(yield func(catalog.Partition, error) bool) {
		if s.err != nil {
			yield(catalog.Partition{}, s.err)
			return
		}
		for _, dt := range s.folders {
			if !yield(catalog.Partition{Values: []string{dt}}, nil) {
				return
			}
		}
	}
}

func TestFoldersAreAskedForOnceAndThenForThoseThatLack(t *testing.T) {
	s := &shelf{folders: []string{"2026-11-25", "2026-11-24"}}
	f := Folders{catalog: s}
	if f.loaded() {
		t.Error("they are said to be known")
	}
	for _, lacking := range [][]string{nil, nil, {"2026-11-27", "2026-11-26"}} {
		if err := f.refresh(t.Context(), lacking); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"", "dt >= '2026-11-26'"}, s.asked); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"2026-11-24", "2026-11-25"}, f.All()); diff != "" {
		t.Error(diff)
	}
	s.folders = append(s.folders, "2026-11-26")
	if err := f.refresh(t.Context(), []string{"2026-11-26"}); err != nil || !f.has("2026-11-26") || len(f.All()) != 3 {
		t.Errorf("%v, %v", f.All(), err)
	}
	s.err = errors.New("away")
	if err := f.refresh(t.Context(), []string{"x"}); err == nil || len(f.All()) != 3 {
		t.Errorf("while Glue is away, %v and %v", f.All(), err)
	}
}

func TestZonesAreCounted(t *testing.T) {
	s := newShop(t)
	for i := range 3 {
		s.whole(0, fmt.Sprintf("dt=2026-11-2%d", i))
	}
	zones, err := countZones(t.Context(), s, topic)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int64{3, 3, 0} {
		if zones[i].Files != want || zones[i].Bytes != 5*want || zones[i].More {
			t.Errorf("%+v", zones[i])
		}
	}
}
