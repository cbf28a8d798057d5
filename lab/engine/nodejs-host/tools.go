//go:build tools

// Package engine pins Pulumi's language host for Node.js, so that go.mod and go.sum fix every byte that is built.
package engine

import _ "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs"
