package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go/logging"

	"ticklake/internal/awsclient"
	"ticklake/internal/catalog"
	"ticklake/internal/local"
	"ticklake/internal/objects"
	"ticklake/internal/query"
	"ticklake/internal/stream"
)

// dataRoot is where data directories are looked for.
const dataRoot = "data"

// Defaults of names, the same on a laptop and elsewhere.
const (
	defaultBucket    = "ticklake"
	defaultTopic     = "ticks"
	defaultDatabase  = "market"
	defaultWorkgroup = "primary"
)

// endpointFlags say where the parts are, where that is not the one running `up`.
type endpointFlags struct {
	aws       bool
	kafka     kafkaFlags
	bucket    string
	database  string
	workgroup string
	results   string
}

// endpoints is where the parts are and what opens them. Each part is found by itself: by flag, configuration or
// environment first, then as the one running ticklake has it. AWS itself is meant only with --aws.
type endpoints struct {
	kafka      brokers
	s3         place
	glue       place
	athena     place
	operations operations
	bucket     string
	topic      string
	database   string
	workgroup  string
	results    string // s3://bucket/prefix/
	dataDir    string // of a running up, or of one at rest
	atRest     bool
	note       func(format string, args ...any)
}

// operations is where a running ticklake says what its parts do, and what opens it.
type operations struct {
	url          string
	user, secret string // none on loopback
	err          error  // why there is none
}

func operationsOf(r *found) operations {
	switch {
	case r.missing != nil:
		return operations{err: r.missing}
	case r.ready.KafkaSASL: // it can be reached from elsewhere
		return operations{url: value(r.ready.Operations), user: r.ready.AccessKeyID, secret: r.ready.SecretAccessKey}
	}
	return operations{url: value(r.ready.Operations)}
}

// place is where one of AWS's protocols is spoken.
type place struct {
	service string
	url     string // "" is where the SDK leads
	aws     aws.Config
	from    string // who said so; "" is nobody
	other   string // what the running ticklake has, where that is another
	err     error  // why nobody said so
}

// awsVariables are the SDKs' own names of endpoints.
var awsVariables = map[string]string{"S3": "AWS_ENDPOINT_URL_S3", "Glue": "AWS_ENDPOINT_URL_GLUE", "Athena": "AWS_ENDPOINT_URL_ATHENA"}

const awsVariable = "AWS_ENDPOINT_URL"

// endpoints finds what is meant.
func (a *app) endpoints(ctx context.Context) (*endpoints, error) {
	f := &a.flags.endpointFlags
	e := &endpoints{bucket: f.bucket, topic: defaultTopic, workgroup: f.workgroup, database: f.database, results: f.results, note: a.note}
	ready, missing, err := a.running()
	if err != nil {
		return nil, err
	}
	if a.flags.data != "" && missing != nil {
		e.dataDir, e.atRest = a.flags.data, true
		e.operations.err = fmt.Errorf("no ticklake runs on %s; hint: start it with `ticklake up --data %s`", a.flags.data, a.flags.data)
		return e.withDefaults(), nil
	}
	r := found{ready: ready, missing: missing, named: a.flags.data != ""}
	if missing == nil {
		r.config = aws.Config{Region: ready.Region, Credentials: credentials.NewStaticCredentialsProvider(ready.AccessKeyID, ready.SecretAccessKey, "")}
		r.from = "the running ticklake (" + a.relative(ready.DataDir) + ")"
		e.dataDir = ready.DataDir
	}
	e.operations = operationsOf(&r)
	if err := e.findAWS(ctx, f, &r); err != nil {
		return nil, err
	}
	if e.kafka, err = f.kafka.find(&r, f.aws); err != nil {
		return nil, err
	}
	if e.kafka.from == r.from && r.missing == nil {
		e.topic = ready.Topic
	}
	if e.s3.from == r.from && r.missing == nil {
		e.defaults(ready.Bucket, ready.Database, ready.Workgroup, ready.OutputLocation)
	}
	a.found = e
	return e.withDefaults(), nil
}

// found is the running ticklake, or why there is none that is meant.
type found struct {
	ready   local.Ready
	config  aws.Config
	from    string
	named   bool // by --data, which wins over the environment
	missing error
}

func (e *endpoints) findAWS(ctx context.Context, f *endpointFlags, r *found) (err error) {
	var own *aws.Config // the account's, read at most once
	for _, part := range []struct {
		at      *place
		service string
		running *string
	}{{&e.s3, "S3", r.ready.S3}, {&e.glue, "Glue", r.ready.Glue}, {&e.athena, "Athena", r.ready.Athena}} {
		*part.at = place{service: part.service}
		running := value(part.running)
		url, variable := awsEndpoint(part.service, os.LookupEnv)
		switch {
		case r.named && running != "", !f.aws && variable == "" && running != "":
			part.at.url, part.at.aws, part.at.from = running, r.config, r.from
		case f.aws || variable != "":
			if own == nil {
				if own, err = ownAWS(ctx); err != nil {
					return err
				}
			}
			part.at.url, part.at.aws, part.at.from = url, *own, variable
			if variable == "" {
				part.at.from = "--aws"
			} else if running != "" && running != url {
				part.at.other = running
			}
		default:
			part.at.err = r.without(part.service, "set "+awsVariables[part.service])
		}
	}
	return nil
}

// without is why a part is not known.
func (r *found) without(part, way string) error {
	if r.missing != nil {
		return r.missing
	}
	return fmt.Errorf("%s has no %s; hint: %s, or mean AWS itself with --aws", r.from, part, way)
}

// awsEndpoint is the endpoint that the environment names for a service, and the variable that does.
func awsEndpoint(service string, lookup func(string) (string, bool)) (url, variable string) {
	for _, name := range []string{awsVariables[service], awsVariable} {
		if v, ok := lookup(name); ok && v != "" {
			return v, name
		}
	}
	return "", ""
}

// ownAWS is the account's own configuration, as the SDK finds it.
func ownAWS(ctx context.Context) (*aws.Config, error) {
	config, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithLogger(logging.Nop{})) // its errors tell
	var profile awsconfig.SharedConfigProfileNotExistError
	switch {
	case errors.As(err, &profile):
		return nil, usage("there is no AWS profile %q, which AWS_PROFILE names; hint: `aws configure --profile %s` makes it", profile.Profile, profile.Profile)
	case err != nil:
		return nil, fmt.Errorf("read the AWS configuration: %w", err)
	case config.Region == "":
		return nil, usage("no AWS region is set; hint: set AWS_REGION")
	}
	config.Credentials = awsclient.Credentials(config.Credentials)
	return &config, nil
}

// defaults fills in what is not set.
func (e *endpoints) defaults(bucket, database, workgroup, results string) {
	for _, d := range []struct {
		value *string
		or    string
	}{{&e.bucket, bucket}, {&e.database, database}, {&e.workgroup, workgroup}, {&e.results, results}} {
		if *d.value == "" {
			*d.value = d.or
		}
	}
}

func (e *endpoints) withDefaults() *endpoints {
	e.defaults(defaultBucket, defaultDatabase, defaultWorkgroup, "")
	if e.results == "" {
		e.results = "s3://" + e.bucket + "/results/"
	}
	return e
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// errNoneRuns says that no running ticklake was found.
var errNoneRuns = errors.New("no running ticklake found under ./" + dataRoot + "; hint: start one with `ticklake up`, name a data directory with --data, " +
	"set the AWS_ENDPOINT_URL_… variables and --kafka, or mean AWS itself with --aws")

// running returns the ready file of the `up` that is meant. missing is why none is: none runs, or several do.
func (a *app) running() (ready local.Ready, missing, err error) {
	if a.flags.data != "" {
		live, err := local.Live(a.flags.data)
		if err != nil {
			return local.Ready{}, nil, err
		}
		if !live {
			return local.Ready{}, errNoneRuns, nil
		}
		ready, err := local.ReadReady(local.ReadyPath(a.flags.data))
		return ready, nil, err
	}
	found, err := local.FindReady(dataRoot)
	if err != nil {
		return local.Ready{}, nil, err
	}
	switch len(found) {
	case 0:
		return local.Ready{}, errNoneRuns, nil
	case 1:
		return found[0], nil, nil
	}
	lines := make([]string, len(found))
	for i, r := range found {
		lines[i] = fmt.Sprintf("\n  --data %s   (pid %d)", a.relative(r.DataDir), r.PID)
	}
	return local.Ready{}, usage("%d running ticklakes found; say which:%s", len(found), strings.Join(lines, "")), nil
}

// relative shortens a path below the working directory.
func (a *app) relative(path string) string {
	if rel, err := filepath.Rel(a.workDir, path); err == nil && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return path
}

// thisTicklake is who says where parts are that `up` has started itself.
const thisTicklake = "this ticklake"

// use returns a place for a client, or why there is none. Where it was not the only candidate, that is said.
func (e *endpoints) use(ctx context.Context, p *place) (place, error) {
	switch {
	case e.atRest:
		return place{}, fmt.Errorf("no ticklake runs on %s; hint: ticklake up --data %s", e.dataDir, e.dataDir)
	case p.err != nil:
		return place{}, p.err
	case p.url != "" && p.from != thisTicklake:
		if err := awsclient.Contact(ctx, p.aws.HTTPClient, p.service, p.url); err != nil {
			return place{}, err
		}
	}
	if p.other != "" {
		e.note("%s is taken from %s; the running ticklake has its own at %s", p.service, p.from, p.other)
	}
	return *p, nil
}

// cluster is the Kafka that is meant.
func (e *endpoints) cluster(a *app) (stream.Cluster, error) {
	if e.atRest {
		return stream.Cluster{}, fmt.Errorf("no ticklake runs on %s; hint: ticklake up --data %s", e.dataDir, e.dataDir)
	}
	if e.kafka.err != nil {
		return stream.Cluster{}, e.kafka.err
	}
	if e.kafka.other != "" {
		e.note("Kafka is taken from %s; the running ticklake has its own at %s", e.kafka.from, e.kafka.other)
	}
	c := e.kafka.cluster
	c.Log = a.log()
	return c, nil
}

// kafka finds the brokers, and sees that one of them answers.
func (a *app) kafka(ctx context.Context) (*endpoints, stream.Cluster, error) {
	e, err := a.endpoints(ctx)
	if err != nil {
		return nil, stream.Cluster{}, err
	}
	cluster, err := e.cluster(a)
	if err == nil {
		err = cluster.Contact(ctx)
	}
	return e, cluster, err
}

// store opens the lake's bucket; close ends what that needs.
func (e *endpoints) store(ctx context.Context) (store objects.Store, closeStore func(), err error) {
	if e.atRest {
		return storeAtRest(ctx, e.dataDir, e.bucket)
	}
	p, err := e.use(ctx, &e.s3)
	if err != nil {
		return nil, nil, err
	}
	s, err := objects.S3(objects.Config{AWS: p.aws, Endpoint: p.url, Bucket: e.bucket})
	if err != nil {
		return nil, nil, err
	}
	if err := lakeAnswers(ctx, s); err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	return s, func() { _ = s.Close() }, nil
}

// firstAnswer bounds how long a part may take to answer a command for the first time.
const firstAnswer = 10 * time.Second

// lakeAnswers sees that a bucket is there and may be listed: whoever works on it goes on trying for ever.
func lakeAnswers(ctx context.Context, s objects.Store) error {
	ctx, cancel := context.WithTimeout(ctx, firstAnswer)
	defer cancel()
	for _, err := range s.Folders(ctx, "_ticklake/") {
		return err
	}
	return nil
}

// openCatalog opens the Glue catalog.
func (e *endpoints) openCatalog(ctx context.Context) (*catalog.Catalog, error) {
	p, err := e.use(ctx, &e.glue)
	if err != nil {
		return nil, err
	}
	return catalog.Open(catalog.Config{AWS: p.aws, Endpoint: p.url})
}

// catalogAnswers sees that the catalog may be asked, as lakeAnswers does for the lake.
func catalogAnswers(ctx context.Context, c *catalog.Catalog, database string) error {
	ctx, cancel := context.WithTimeout(ctx, firstAnswer)
	defer cancel()
	if _, err := c.Tables(ctx, database); err != nil && !errors.Is(err, catalog.ErrNotFound) {
		return err
	}
	return nil
}

// query opens Athena.
func (e *endpoints) query(ctx context.Context) (*query.Client, error) {
	p, err := e.use(ctx, &e.athena)
	if err != nil {
		return nil, err
	}
	return query.Open(query.Config{AWS: p.aws, Endpoint: p.url, WorkGroup: e.workgroup, Database: e.database, OutputLocation: e.results})
}
