//go:build tools

// Package engine pins the Pulumi command line, so that go.mod and go.sum fix every byte that is built.
package engine

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
