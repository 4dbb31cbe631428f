package main

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ticklake/internal/catalog"
	"ticklake/internal/httpd"
	"ticklake/internal/local"
	"ticklake/internal/objects"
	"ticklake/internal/query"
	"ticklake/internal/web"
)

// defaultPage is where the page is served, and pagePort its port.
const defaultPage, pagePort = "127.0.0.1", "8600"

func newServe(a *app) *cobra.Command {
	var topic, listen string
	var statusOf []string
	var maxAge time.Duration
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the page: prices, the pipeline, SQL and insights in a browser",
		Long: `Serves the page, and the JSON that it lives on, until Ctrl-C. It looks at Kafka, S3, Glue, Athena and the parts'
/status as any tool would, and writes nothing; what is away is shown as away, and the rest goes on.

On loopback everybody on this machine may use it. Elsewhere it wants the access key: its id as the user, its secret as the
password.`,
		Example: `  ticklake serve                                              # beside the running up
  ticklake serve --kafka broker:9092 --bucket my-lake --aws   # needs a broker and AWS`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			e, err := a.endpoints(cmd.Context())
			if err != nil {
				return err
			}
			if !cmd.Flags().Changed("topic") {
				topic = e.topic
			}
			config := web.Config{Topic: topic, CutAge: maxAge, Version: version, Log: a.log()}
			if err := a.webListen(listen, &config); err != nil {
				return err
			}
			closeAll, err := a.webSeams(e, &config, statusOf)
			if err != nil {
				return err
			}
			defer closeAll()
			s, err := a.openPage(cmd.Context(), cmd.Flags().Changed("listen"), config)
			if err != nil {
				return err
			}
			_, _ = fmt.Fprintf(a.out, "Page      %s\n", s.URL())
			a.noteStub()
			_, _ = fmt.Fprintln(a.out, "Stop      Ctrl-C")
			<-cmd.Context().Done()
			return s.Close()
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&topic, "topic", "", "Kafka topic (default: the running up's, or "+defaultTopic+")")
	flags.StringVar(&listen, "listen", defaultPage, "address to listen on, with a port where that is not 8600 (or a free one); off loopback the page wants the running up's access key")
	flags.DurationVar(&maxAge, "max-age", 20*time.Second, "the age at which the sink cuts; a lag of more than twice it is marked")
	flags.StringSliceVar(&statusOf, "status-of", nil, "addresses of parts that run alone, whose /status is shown (default: the running up's)")
	return cmd
}

// openPage serves the page where that was asked for; else on its usual port, or on a free one where that is taken.
func (a *app) openPage(ctx context.Context, asked bool, config web.Config) (s *web.Server, err error) {
	if asked {
		return web.Open(ctx, config)
	}
	return s, local.Port("web", local.Ports{}, false, a.tellPortTaken, func(addr string) (string, error) {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return "", err
		}
		config.Listener = l
		s, err = web.Open(ctx, config)
		return l.Addr().String(), err
	})
}

// tellPortTaken says that something has another port than usual.
func (a *app) tellPortTaken(part string, taken, port int) {
	a.note("port %d is taken; %s listens on %d", taken, part, port)
}

// noteStub says that a page is served which is none.
func (a *app) noteStub() {
	if !web.HasPage() {
		a.note("this build does not carry the page, only its JSON; hint: `make build` builds both")
	}
}

// webSeams fills in what the page's server looks at, as far as it is known. That something does not answer now is no
// reason not to look at it.
func (a *app) webSeams(e *endpoints, config *web.Config, statusOf []string) (_ func(), err error) {
	var closers []func() error
	closeAll := func() {
		for i := len(closers) - 1; i >= 0; i-- {
			_ = closers[i]()
		}
	}
	defer func() {
		if err != nil {
			closeAll()
		}
	}()
	if e.atRest {
		return nil, e.operations.err
	}
	known := 0
	config.Bucket, config.Database, config.Workgroup = e.bucket, e.database, e.workgroup
	if e.kafka.err == nil {
		cluster, err := e.cluster(a)
		if err != nil {
			return nil, err
		}
		known++
		config.Cluster, config.At.Kafka = &cluster, strings.Join(cluster.Brokers, ",")
	}
	if e.s3.err == nil {
		store, err := objects.S3(objects.Config{AWS: e.s3.aws, Endpoint: e.s3.url, Bucket: e.bucket})
		if err != nil {
			return nil, err
		}
		known++
		closers = append(closers, store.Close)
		config.Store, config.At.S3 = store, shownPlace(&e.s3)
	}
	if e.glue.err == nil {
		c, err := catalog.Open(catalog.Config{AWS: e.glue.aws, Endpoint: e.glue.url})
		if err != nil {
			return nil, err
		}
		known++
		closers = append(closers, c.Close)
		config.Catalog, config.At.Glue = c, shownPlace(&e.glue)
	}
	if e.athena.err == nil {
		client, err := query.Open(query.Config{
			AWS: e.athena.aws, Endpoint: e.athena.url, WorkGroup: e.workgroup, Database: e.database, OutputLocation: e.results,
		})
		if err != nil {
			return nil, err
		}
		known++
		closers = append(closers, client.Close)
		config.SQL, config.At.Athena = web.Athena(client), shownPlace(&e.athena)
	}
	if known == 0 {
		return nil, e.kafka.err // there is nothing to look at
	}
	if config.Operations, err = webOperations(e, statusOf); err != nil {
		return nil, err
	}
	if len(config.Operations) > 0 {
		config.At.Status = config.Operations[0].URL
	}
	return closeAll, nil
}

// webListen fills in where the page is served, and to whom.
func (a *app) webListen(listen string, config *web.Config) error {
	config.Listen = listen
	if _, _, err := net.SplitHostPort(listen); err != nil {
		config.Listen = net.JoinHostPort(strings.Trim(listen, "[]"), pagePort)
	}
	if httpd.Loopback(config.Listen) {
		return nil
	}
	ready, missing, err := a.running()
	if err != nil {
		return err
	}
	if missing != nil || ready.AccessKeyID == "" {
		return usage("--listen %s lets other machines in, and there is no running ticklake whose access key they could be asked for; "+
			"hint: listen on 127.0.0.1, and lead there by a tunnel (ssh -L 8600:127.0.0.1:8600) or a proxy that asks who comes", listen)
	}
	config.Credentials = web.Credentials{AccessKeyID: ready.AccessKeyID, SecretAccessKey: ready.SecretAccessKey}
	return nil
}

// webOperations are the ports whose /status is shown.
func webOperations(e *endpoints, statusOf []string) ([]web.Operations, error) {
	if len(statusOf) == 0 {
		if e.operations.err != nil || e.operations.url == "" {
			return nil, nil
		}
		return []web.Operations{{URL: e.operations.url, User: e.operations.user, Secret: e.operations.secret}}, nil
	}
	var out []web.Operations
	for _, address := range statusOf {
		address = strings.TrimSuffix(address, "/status")
		if !strings.Contains(address, "://") {
			address = "http://" + address
		}
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return nil, usage("--status-of %q: write HOST:PORT", address)
		}
		out = append(out, web.Operations{URL: strings.TrimSuffix(address, "/")})
	}
	return out, nil
}

// shownPlace is where a part is, for people.
func shownPlace(p *place) string { return cmp.Or(p.url, "AWS, "+p.aws.Region) }
