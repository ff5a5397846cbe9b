//! The table of all methods: the one place where their names, parameters, results and errors are written down.
//!
//! Sorted by name. `OpenRPC` is generated from it, and crate `rpc` compares it with what it registers.

mod table;

pub use table::METHODS;

/// A JSON-RPC method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method {
    /// Its name.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// Its parameters, by position; required ones first.
    pub params: &'static [Parameter],
    /// Type of the result: a schema of `OpenRPC`, with `?` if it may be null, in brackets if it is an array.
    pub result: &'static str,
    /// Errors besides those of every method (wrong parameters, failure of the node).
    pub errors: &'static [Failure],
}

/// A parameter of a [`Method`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Its type, as in [`Method::result`].
    pub kind: &'static str,
    /// Whether it must be there.
    pub required: bool,
}

/// Code and meaning of an error.
pub type Failure = (i32, &'static str);
