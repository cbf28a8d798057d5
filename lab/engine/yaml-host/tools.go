//go:build tools

// Package engine pins Pulumi's language host for YAML, so that go.mod and go.sum fix every byte that is built.
package engine

import _ "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml"
