package main

import (
	"slices"
	"strings"
)

// The parts of `up`: servers, what works on them, and the page that shows it.
const (
	partKafka  = "kafka"
	partS3     = "s3"
	partGlue   = "glue"
	partAthena = "athena"
	partFeed   = "feed"
	partSink   = "sink"
	partCrawl  = "crawl"
	partWeb    = "web"
)

// allParts, in the order in which they start.
var allParts = []string{partS3, partGlue, partAthena, partKafka, partFeed, partSink, partCrawl, partWeb}

// parts is which of them are started here.
type parts map[string]bool

// chooseParts are those of --parts, all if it is empty, less those of --without.
func chooseParts(only, without []string) (parts, error) {
	for _, list := range [][]string{only, without} {
		for _, name := range list {
			if !slices.Contains(allParts, name) {
				return nil, usage("there is no part %q%s; parts are %s", name, didYouMean(nearest(name, allParts)), strings.Join(allParts, ", "))
			}
		}
	}
	p := make(parts)
	for _, name := range allParts {
		p[name] = (len(only) == 0 || slices.Contains(only, name)) && !slices.Contains(without, name)
	}
	if !p.any(allParts...) {
		return nil, usage("no part is left to start; hint: --parts and --without name the same ones")
	}
	if p[partAthena] && !p.all(partS3, partGlue) {
		return nil, usage("athena reads the folder of this machine's s3 and its glue's tables: start all three, or none of them")
	}
	return p, nil
}

// any says whether one of the named parts is started here.
func (p parts) any(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return p[name] })
}

// all says whether every one of the named parts is started here.
func (p parts) all(names ...string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return !p[name] })
}

// servers says whether anything is kept in a data directory.
func (p parts) servers() bool { return p.any(partKafka, partS3, partGlue, partAthena) }
