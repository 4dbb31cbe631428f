package sink

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"ticklake/internal/lake"
	"ticklake/internal/objects"
)

// Layouts are the layouts of a topic by their number; the newest is for new cuts.
type Layouts struct {
	byNumber map[int]*lake.Layout
	newest   *lake.Layout
}

// Newest is the layout of new cuts.
func (l *Layouts) Newest() *lake.Layout { return l.newest }

// ErrOtherWidth says that a topic's layout has another granularity than was asked for.
var ErrOtherWidth = errors.New("the topic's layout has another granularity")

// OpenLayouts reads a topic's layouts; where there is none it writes the first, with the given width. A width other
// than the newest layout's is ErrOtherWidth; an empty one takes what is there, or a day.
func OpenLayouts(ctx context.Context, store objects.Store, topic string, width lake.Granularity) (*Layouts, error) {
	if err := lake.CheckTopic(topic); err != nil {
		return nil, err
	}
	l, err := readLayouts(ctx, store, topic)
	if err != nil {
		return nil, err
	}
	if l.newest == nil {
		if l, err = firstLayout(ctx, store, topic, width); err != nil {
			return nil, err
		}
	}
	if have := l.newest.Granularity; width != "" && width != have {
		return nil, fmt.Errorf("topic %q: %w: %q, not %q; hint: leave the granularity out, or use another topic or bucket", topic, ErrOtherWidth, have, width)
	}
	return l, nil
}

func firstLayout(ctx context.Context, store objects.Store, topic string, width lake.Granularity) (*Layouts, error) {
	if width == "" {
		width = lake.Day
	}
	body, err := lake.NewLayout(topic, width).Encode()
	if err != nil {
		return nil, err
	}
	err = store.Create(ctx, lake.LayoutKey(topic, 1), body, nil)
	if err != nil && !errors.Is(err, objects.ErrExists) { // exists: another owner was faster, and its layout holds
		return nil, fmt.Errorf("write layout: %w", err)
	}
	return readNumber(ctx, store, topic, 1, nil)
}

func readLayouts(ctx context.Context, store objects.Store, topic string) (*Layouts, error) {
	l := &Layouts{byNumber: make(map[int]*lake.Layout)}
	prefix := lake.LayoutPrefix(topic)
	for info, err := range store.List(ctx, prefix) {
		if err != nil {
			return nil, fmt.Errorf("list layouts: %w", err)
		}
		name, ok := strings.CutSuffix(info.Key[len(prefix):], ".json")
		n, err := strconv.Atoi(name)
		if !ok || err != nil {
			continue
		}
		if l, err = readNumber(ctx, store, topic, n, l); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// readNumber reads one layout into l, or into a new Layouts where l is nil.
func readNumber(ctx context.Context, store objects.Store, topic string, n int, l *Layouts) (*Layouts, error) {
	if l == nil {
		l = &Layouts{byNumber: make(map[int]*lake.Layout)}
	}
	key := lake.LayoutKey(topic, n)
	body, _, err := objects.ReadAll(ctx, store, key, lake.MaxControlBytes)
	if err != nil {
		return nil, fmt.Errorf("read layout: %w", err)
	}
	layout, err := lake.ParseLayout(body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	if layout.Layout != n || layout.Topic != topic {
		return nil, fmt.Errorf("%s: it says that it is layout %d of topic %q", key, layout.Layout, layout.Topic)
	}
	l.byNumber[n] = layout
	if l.newest == nil || n > l.newest.Layout {
		l.newest = layout
	}
	return l, nil
}
