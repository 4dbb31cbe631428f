package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"ticklake/internal/local"
	"ticklake/internal/objects"
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
	kafka     string
	bucket    string
	database  string
	workgroup string
	results   string
}

// endpoints is where the parts are and what opens them.
type endpoints struct {
	kafka      []string
	aws        aws.Config
	s3         string // "" is where aws.Config leads
	glue       string
	athena     string
	operations string
	bucket     string
	topic      string
	database   string
	workgroup  string
	results    string // s3://bucket/prefix/
	dataDir    string // of a running up, or of one at rest
	atRest     bool
}

// endpoints finds what is meant: flags and environment first, then the one running `up`. AWS itself is meant only
// with --aws.
func (a *app) endpoints(ctx context.Context) (*endpoints, error) {
	f := &a.flags.endpointFlags
	e := &endpoints{
		bucket: f.bucket, topic: defaultTopic, workgroup: f.workgroup, database: f.database, results: f.results,
	}
	explicit := f.aws || awsEndpointInEnvironment(os.LookupEnv)
	if explicit && a.flags.data == "" {
		config, err := awsconfig.LoadDefaultConfig(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the AWS configuration: %w", err)
		}
		if config.Region == "" {
			return nil, usage("no AWS region; hint: set AWS_REGION")
		}
		e.aws = config
		if f.kafka != "" {
			e.kafka = strings.Split(f.kafka, ",")
		}
		return e.withDefaults(), nil
	}
	ready, live, err := a.running()
	if err != nil {
		return nil, err
	}
	if !live {
		e.dataDir, e.atRest = a.flags.data, true
		return e.withDefaults(), nil
	}
	e.fromReady(ready)
	if f.kafka != "" {
		e.kafka = strings.Split(f.kafka, ",")
	}
	return e.withDefaults(), nil
}

// awsEndpointInEnvironment says whether the SDKs' own variables name an endpoint.
func awsEndpointInEnvironment(lookup func(string) (string, bool)) bool {
	for _, name := range []string{"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_GLUE", "AWS_ENDPOINT_URL_ATHENA"} {
		if v, ok := lookup(name); ok && v != "" {
			return true
		}
	}
	return false
}

func (e *endpoints) withDefaults() *endpoints {
	for _, d := range []struct {
		value *string
		or    string
	}{{&e.bucket, defaultBucket}, {&e.database, defaultDatabase}, {&e.workgroup, defaultWorkgroup}} {
		if *d.value == "" {
			*d.value = d.or
		}
	}
	if e.results == "" {
		e.results = "s3://" + e.bucket + "/results/"
	}
	return e
}

func (e *endpoints) fromReady(r local.Ready) {
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	e.aws = aws.Config{Region: r.Region, Credentials: credentials.NewStaticCredentialsProvider(r.AccessKeyID, r.SecretAccessKey, "")}
	e.s3, e.glue, e.athena, e.operations = text(r.S3), text(r.Glue), text(r.Athena), text(r.Operations)
	if k := text(r.Kafka); k != "" {
		e.kafka = []string{k}
	}
	e.topic, e.dataDir = r.Topic, r.DataDir
	for _, d := range []struct {
		value *string
		or    string
	}{{&e.bucket, r.Bucket}, {&e.database, r.Database}, {&e.workgroup, r.Workgroup}, {&e.results, r.OutputLocation}} {
		if *d.value == "" {
			*d.value = d.or
		}
	}
}

// running returns the ready file of the `up` that is meant. live is false where --data names a directory at rest.
func (a *app) running() (ready local.Ready, live bool, err error) {
	if a.flags.data != "" {
		live, err := local.Live(a.flags.data)
		if err != nil || !live {
			return local.Ready{}, false, err
		}
		ready, err := local.ReadReady(local.ReadyPath(a.flags.data))
		return ready, true, err
	}
	found, err := local.FindReady(dataRoot)
	if err != nil {
		return local.Ready{}, false, err
	}
	switch len(found) {
	case 0:
		return local.Ready{}, false, fmt.Errorf("no running ticklake found under ./%s; hint: start one with `ticklake up`, name a data directory with --data, "+
			"set the AWS_ENDPOINT_URL_… variables, or mean AWS itself with --aws", dataRoot)
	case 1:
		return found[0], true, nil
	}
	lines := make([]string, len(found))
	for i, r := range found {
		lines[i] = fmt.Sprintf("\n  --data %s   (pid %d)", a.relative(r.DataDir), r.PID)
	}
	return local.Ready{}, false, usage("%d running ticklakes found; say which:%s", len(found), strings.Join(lines, ""))
}

// relative shortens a path below the working directory.
func (a *app) relative(path string) string {
	if rel, err := filepath.Rel(a.workDir, path); err == nil && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return path
}

var errNoKafka = errors.New("no Kafka broker known; hint: name one with --kafka HOST:9092")

// kafka finds the brokers. Where --kafka names them, nothing else need be found.
func (a *app) kafka(ctx context.Context) (*endpoints, stream.Cluster, error) {
	e := &endpoints{topic: defaultTopic}
	if a.flags.kafka != "" {
		e.kafka = strings.Split(a.flags.kafka, ",")
	} else {
		var err error
		if e, err = a.endpoints(ctx); err != nil {
			return nil, stream.Cluster{}, err
		}
	}
	if len(e.kafka) == 0 {
		return nil, stream.Cluster{}, errNoKafka
	}
	return e, stream.Cluster{Brokers: e.kafka, Log: a.log()}, nil
}

// kafkaAndLake finds both.
func (a *app) kafkaAndLake(ctx context.Context) (*endpoints, stream.Cluster, error) {
	e, err := a.endpoints(ctx)
	if err != nil {
		return nil, stream.Cluster{}, err
	}
	if len(e.kafka) == 0 {
		return nil, stream.Cluster{}, errNoKafka
	}
	return e, stream.Cluster{Brokers: e.kafka, Log: a.log()}, nil
}

// store opens the lake's bucket; close ends what that needs.
func (e *endpoints) store(ctx context.Context) (store objects.Store, closeStore func(), err error) {
	if e.atRest {
		return storeAtRest(ctx, e.dataDir, e.bucket)
	}
	s, err := objects.S3(objects.Config{AWS: e.aws, Endpoint: e.s3, Bucket: e.bucket})
	if err != nil {
		return nil, nil, err
	}
	return s, func() { _ = s.Close() }, nil
}
