//! The endpoints, a module an area. Handlers stay thin: they read the request, ask a part of the console, and turn
//! inner types into those of [`crate::api`].

mod accounts;
mod alarms;
mod audit;
mod back_tests;
mod blocks;
mod calls;
mod cases;
mod chains;
mod channels;
mod content;
mod contracts;
mod examples;
mod identities;
mod ledgers;
mod logs;
mod me;
mod metrics;
mod named_lists;
mod nodes;
mod operations;
mod organisations;
mod overview;
mod parameters;
mod proposals;
mod reports;
mod roles;
mod situation;
mod sources;
mod stream;
mod supervision;
mod system;
mod tokens;
mod transactions;

use crate::state::Shared;
use utoipa_axum::router::OpenApiRouter;

/// What every module of endpoints needs.
mod prelude {
    pub use crate::{
        api::{page::Paging, *},
        extract::{Content, Parameters, Segments},
        problem::{Kind, Problem},
        state::Shared,
    };
    pub use axum::{Json, extract::State, http::StatusCode};
    pub use utoipa_axum::{router::OpenApiRouter, routes};

    /// What a handler gives.
    pub type Answer<T> = Result<Json<T>, Problem>;
}

/// All endpoints below `/api`.
pub fn all() -> OpenApiRouter<Shared> {
    let version = [
        overview::routes(),
        ledgers::routes(),
        blocks::routes(),
        transactions::routes(),
        accounts::routes(),
        contracts::routes(),
        sources::routes(),
        tokens::routes(),
        calls::routes(),
        organisations::routes(),
        nodes::routes(),
        roles::routes(),
        parameters::routes(),
        proposals::routes(),
        identities::routes(),
        chains::routes(),
        content::routes(),
        audit::routes(),
        me::routes(),
        examples::routes(),
        metrics::routes(),
        logs::routes(),
        alarms::routes(),
        channels::routes(),
        operations::routes(),
        supervision::routes(),
        named_lists::routes(),
        back_tests::routes(),
        situation::routes(),
        cases::routes(),
        reports::routes(),
        stream::routes(),
        crate::login::routes(),
    ];
    let version = version
        .into_iter()
        .fold(OpenApiRouter::new(), OpenApiRouter::merge);
    OpenApiRouter::new().nest("/api", system::routes().nest("/v1", version))
}
