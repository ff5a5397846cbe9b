//! How a method is put into the module: its name, its arguments, and a future that answers.
//!
//! Every name registered here must stand in the table of `civitas-api`; a test compares both.

use crate::{Arguments, Backend, RpcError};
use jsonrpsee::{
    core::RegisterMethodError,
    server::{IntoResponse, RpcModule},
};
use std::sync::Arc;

/// Adds a method that may wait.
pub(crate) fn add<T, F, A>(
    module: &mut RpcModule<Backend>,
    name: &'static str,
    handler: F,
) -> Result<(), RegisterMethodError>
where
    Result<T, RpcError>: IntoResponse,
    T: Send + 'static,
    F: Fn(Arc<Backend>, Arguments) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Result<T, RpcError>> + Send,
{
    module.register_async_method(name, move |params, backend, _| {
        let handler = handler.clone();
        async move { handler(backend, Arguments::new(&params)?).await }
    })?;
    Ok(())
}

/// Adds a method that answers at once, from memory: no allocation of a future, no change of task.
pub(crate) fn add_instant<T, F>(
    module: &mut RpcModule<Backend>,
    name: &'static str,
    handler: F,
) -> Result<(), RegisterMethodError>
where
    Result<T, RpcError>: IntoResponse,
    T: 'static,
    F: Fn(&Backend, Arguments) -> Result<T, RpcError> + Send + Sync + 'static,
{
    module.register_method(name, move |params, backend, _| {
        handler(backend, Arguments::new(&params)?)
    })?;
    Ok(())
}
