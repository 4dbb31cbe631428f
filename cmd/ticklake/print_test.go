package main

import (
	"errors"
	"testing"
	"time"
)

func TestTimesAndAmountsAreWrittenForPeople(t *testing.T) {
	for want, got := range map[string]string{
		"0 s":       span(-time.Second),
		"59 s":      span(59*time.Second + 400*time.Millisecond),
		"1 min 0 s": span(time.Minute),
		"2 h 5 min": span(2*time.Hour + 5*time.Minute + time.Second),
		"3 d 4 h":   span(76*time.Hour + 59*time.Minute),
		"-1,234":    count(-1234),
		"1.5 KiB":   size(1536),
		"1 row":     plural(1, "row"),
		"0 rows":    plural(0, "row"),
		"29 s":      roughly(29.2),
		"2 min":     roughly(110),
		"1.5 h":     roughly(5400),
		"weeks":     roughly(1e18),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestThePagerIsTheUsersChoice(t *testing.T) {
	for _, tt := range []struct {
		name  string
		pager *string
		less  bool
		want  string
	}{
		{"theirs", ptr("most -w"), true, "most -w"},
		{"none", ptr(""), true, ""},
		{"cat is none", ptr("cat"), true, ""},
		{"less where they say nothing", nil, true, "less"},
		{"nothing is there", nil, false, ""},
	} {
		got := pagerCommand(func(string) (string, bool) {
			if tt.pager == nil {
				return "", false
			}
			return *tt.pager, true
		}, func(string) (string, error) {
			if tt.less {
				return "/usr/bin/less", nil
			}
			return "", errors.New("not there")
		})
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func ptr(s string) *string { return &s }

func TestTheNearestNameIsFound(t *testing.T) {
	known := []string{"ticks", "raw_ticks", "dead_ticks", "highest_traded", "vwap_daily", "u_shape"}
	for word, want := range map[string]string{
		"tikcs":                   "ticks", // two letters in the wrong order are one mistake
		"TICKS":                   "ticks",
		"raw_tick":                "raw_ticks",
		"vwap":                    "vwap_daily",
		"highest":                 "highest_traded",
		"":                        "",
		"x":                       "",
		"quotes":                  "",
		"a_name_that_is_far_away": "",
	} {
		if got := nearest(word, known); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}
