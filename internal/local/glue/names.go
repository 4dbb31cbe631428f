package glue

import (
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"ticklake/internal/local/awsapi"
)

const maxName = 255 // bytes of a name

func invalid(format string, args ...any) error {
	return awsapi.Errorf("InvalidInputException", format, args...)
}

func notFound(format string, args ...any) error {
	return awsapi.Errorf("EntityNotFoundException", format, args...)
}

func exists(format string, args ...any) error {
	return awsapi.Errorf("AlreadyExistsException", format, args...)
}

// foldName checks a name of a database or table and folds it to lower case, as Glue stores it.
func foldName(what, name string) (string, error) {
	if err := checkName(what, name); err != nil {
		return "", err
	}
	return strings.ToLower(name), nil
}

func checkName(what, name string) error {
	switch {
	case name == "":
		return invalid("%s is required", what)
	case len(name) > maxName:
		return invalid("%s is longer than %d bytes", what, maxName)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
		return invalid("%s has a control character", what)
	}
	return nil
}

func checkColumns(what string, columns []Column) error {
	seen := make(map[string]bool, len(columns))
	for _, c := range columns {
		if err := checkName(what+" name", c.Name); err != nil {
			return err
		}
		folded := strings.ToLower(c.Name)
		if seen[folded] {
			return invalid("%s %.64q is there twice", what, c.Name)
		}
		seen[folded] = true
		if len(c.Type) > 131072 || len(c.Comment) > 255 {
			return invalid("%s %.64q has a type longer than 131072 or a comment longer than 255 bytes", what, c.Name)
		}
	}
	return nil
}

// What one document may have, in bytes: they are read whole, many to an answer.
const (
	maxDatabase  = 256 << 10
	maxTable     = 2 << 20
	maxPartition = 2 << 20
)

// encode returns an input as the JSON document that is stored.
func encode(what string, input any, most int) (string, error) {
	doc, err := json.Marshal(input)
	if err != nil {
		return "", err
	}
	if len(doc) > most {
		return "", invalid("%s has %d bytes and may have %d", what, len(doc), most)
	}
	return string(doc), nil
}

// refuse names the first member that is given and that this catalog does not do.
func refuse(members map[string]jsontext.Value) error {
	for name, value := range members {
		if len(value) > 0 && value.Kind() != 'n' {
			return invalid("%s is not supported by ticklake's embedded Glue endpoint (AWS Glue has it)", name)
		}
	}
	return nil
}

// page checks MaxResults, whose absence means most.
func page(maxResults *int, most int) (int, error) {
	if maxResults == nil {
		return most, nil
	}
	if *maxResults < 1 || *maxResults > most {
		return 0, invalid("MaxResults must be between 1 and %d", most)
	}
	return *maxResults, nil
}

// position reads a paging token; an empty one is the beginning.
func position(scope, token string) (string, error) {
	if token == "" {
		return "", nil
	}
	at, err := awsapi.ParsePageToken(scope, token, 1)
	if err != nil {
		return "", invalid("NextToken is %s", err)
	}
	return at[0], nil
}
