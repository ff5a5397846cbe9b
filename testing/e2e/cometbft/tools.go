//go:build tools

// Package cometbft pins the CometBFT that the suites run: go.mod says which one, go.sum what it and all that it needs hash to.
package cometbft

import _ "github.com/cometbft/cometbft/cmd/cometbft"
