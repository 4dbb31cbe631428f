package main

import (
	"errors"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// flatYAML reads the configuration file: one mapping from names to scalars or lists of scalars. A scalar is its text as
// it stands, so that no number is read in another base and no word taken for a truth.
type flatYAML struct {
	lines map[string]int // filled in
}

// Unmarshal implements koanf.Parser.
func (p flatYAML) Unmarshal(body []byte) (map[string]any, error) {
	const limit = 1 << 20
	if len(body) > limit {
		return nil, fmt.Errorf("it has %d bytes; %d are read", len(body), limit)
	}
	var document yaml.Node
	if err := yaml.Unmarshal(body, &document); err != nil {
		return nil, err
	}
	values := make(map[string]any)
	if len(document.Content) == 0 {
		return values, nil
	}
	top := document.Content[0]
	if top.Kind == yaml.ScalarNode && top.Tag == "!!null" {
		return values, nil
	}
	if top.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("line %d: one `name: value` a line is wanted", top.Line)
	}
	for i := 0; i+1 < len(top.Content); i += 2 {
		name, node := top.Content[i], top.Content[i+1]
		if name.Kind != yaml.ScalarNode {
			return nil, fmt.Errorf("line %d: one `name: value` a line is wanted", name.Line)
		}
		if _, twice := values[name.Value]; twice {
			return nil, fmt.Errorf("line %d: %q is there twice, first on line %d", name.Line, name.Value, p.lines[name.Value])
		}
		value, err := flatValue(name.Value, node)
		if err != nil {
			return nil, err
		}
		values[name.Value], p.lines[name.Value] = value, name.Line
	}
	return values, nil
}

func flatValue(name string, node *yaml.Node) (any, error) {
	switch node.Kind {
	case yaml.ScalarNode:
		if node.Tag == "!!null" {
			return nil, fmt.Errorf("line %d: %q has no value", node.Line, name)
		}
		return node.Value, nil
	case yaml.SequenceNode:
		list := make([]string, 0, len(node.Content))
		for _, item := range node.Content {
			if item.Kind != yaml.ScalarNode || item.Tag == "!!null" {
				return nil, fmt.Errorf("line %d: a list of %q has plain values", item.Line, name)
			}
			list = append(list, item.Value)
		}
		return list, nil
	}
	return nil, fmt.Errorf("line %d: %q has a value or a list; names are flat, such as kafka-tls", node.Line, name)
}

// Marshal implements koanf.Parser; nothing is ever written.
func (flatYAML) Marshal(map[string]any) ([]byte, error) {
	return nil, errors.New("the configuration file is only read")
}
