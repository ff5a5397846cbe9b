//go:build tools

// Package geth pins the go-ethereum that the suites run: go.mod says which one, go.sum what it and all that it needs hash to.
package geth

import _ "github.com/ethereum/go-ethereum/cmd/geth"
