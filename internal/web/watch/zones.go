package watch

import (
	"context"
	"fmt"
	"time"

	"ticklake/internal/lake"
	"ticklake/internal/objects"
)

// maxListedObjects bounds what is listed of a zone.
const maxListedObjects = 200_000

// listShare is how much longer than a listing took is waited before the next, and leastListing how long at least.
const listShare, leastListing = 20, 15 * time.Second

// countZones lists what stands in each zone.
func countZones(ctx context.Context, store objects.Store, topic string) ([]Zone, error) {
	var zones []Zone
	for _, zone := range []lake.Zone{lake.Raw, lake.Curated, lake.Dead} {
		z := Zone{Zone: string(zone)}
		for info, err := range store.List(ctx, zone.Prefix(topic)) {
			if err != nil {
				return nil, fmt.Errorf("list the %s zone: %w", zone, err)
			}
			if z.Files == maxListedObjects {
				z.More = true
				break
			}
			z.Files++
			z.Bytes += info.Size
		}
		z.Time = time.Now().UTC()
		zones = append(zones, z)
	}
	return zones, nil
}

// newestLayout is the topic's layout of the highest number, or what a first one would be.
func newestLayout(ctx context.Context, store objects.Store, topic string) (*lake.Layout, error) {
	newest := ""
	for info, err := range store.List(ctx, lake.LayoutPrefix(topic)) {
		if err != nil {
			return nil, fmt.Errorf("list the layouts of topic %q: %w", topic, err)
		}
		newest = max(newest, info.Key)
	}
	if newest == "" {
		return lake.NewLayout(topic, lake.Day), nil
	}
	body, _, err := objects.ReadAll(ctx, store, newest, lake.MaxControlBytes)
	if err != nil {
		return nil, fmt.Errorf("read layout: %w", err)
	}
	return lake.ParseLayout(body)
}
