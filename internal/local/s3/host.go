package s3

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// refuseHost tells a client that names the bucket in the host, as S3 takes it too, to name it in the path. A name of this
// machine may begin like a bucket's: then the path says what is meant.
func (g *guard) refuseHost(r *http.Request) *refusal {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	named, _, ok := strings.Cut(host, ".")
	if !ok || net.ParseIP(host) != nil || !g.hasBucket(named) {
		return nil
	}
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch {
	case bucket == "":
		asksService := true
		for name := range r.URL.Query() {
			asksService = asksService && slices.Contains(parameters["service"], strings.ToLower(name))
		}
		if asksService {
			return nil
		}
	case g.hasBucket(bucket), r.Method == http.MethodPut && key == "":
		return nil
	}
	return &refusal{
		http.StatusBadRequest, "InvalidRequest",
		"This server takes the bucket as the first part of the path, not in the host's name. hint: have the client address buckets by path " +
			"(addressing_style = path, forcePathStyle)",
	}
}

func (g *guard) hasBucket(name string) bool {
	if checkBucket(name) != nil {
		return false
	}
	info, err := os.Stat(filepath.Join(g.root, name))
	return err == nil && info.IsDir()
}
