//! The OpenAPI document: generated from the endpoints, committed as `console/openapi.json`, and read by the generator
//! of the TypeScript client.

use crate::{
    access::{self, Need},
    problem::ProblemBody,
    routes,
};
use utoipa::{
    PartialSchema,
    openapi::{
        Components, ContentBuilder, OpenApi, Ref, RefOr, ResponseBuilder,
        extensions::ExtensionsBuilder,
        path::{Operation, PathItem},
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
    },
};

/// The document.
pub fn document() -> OpenApi {
    let (_, mut document) = routes::all().split_for_parts();
    document.info.title = "Civitas console".to_owned();
    document.info.description = Some(
        "What the pages of the console show and do. Reads are paginated by cursor; refusals are problem details (RFC 9457) in \
         Chinese or English, as `Accept-Language` says. Browsers sign in by a cookie, and writes with it repeat the session's \
         `csrf` in the header `X-CSRF-Token`; programs use an API key as bearer token."
            .to_owned(),
    );
    document.info.version = env!("CARGO_PKG_VERSION").to_owned();
    let components = document.components.get_or_insert_with(Components::new);
    components
        .schemas
        .insert("Problem".to_owned(), ProblemBody::schema());
    components.add_security_scheme(
        "session",
        SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("civitas_session"))),
    );
    components.add_security_scheme("apiKey", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            operation.operation_id = Some(identifier(method, path));
            complete(operation, access::need(method, path));
        }
    }
    document
}

/// The operations of a path, with their methods.
pub fn operations(item: &mut PathItem) -> Vec<(&'static str, &mut Operation)> {
    let all = [
        ("GET", item.get.as_mut()),
        ("POST", item.post.as_mut()),
        ("PUT", item.put.as_mut()),
        ("DELETE", item.delete.as_mut()),
        ("PATCH", item.patch.as_mut()),
    ];
    all.into_iter()
        .filter_map(|(method, operation)| Some((method, operation?)))
        .collect()
}

/// A name for an operation that no other has: `getV1LedgersLedgerBlocks`.
fn identifier(method: &str, path: &str) -> String {
    let mut name = method.to_lowercase();
    for part in path
        .split(['/', '-', '_', '.', '{', '}'])
        .filter(|part| *part != "api")
    {
        let mut characters = part.chars();
        name.extend(characters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(characters.as_str());
    }
    name
}

/// Adds what is the same everywhere: how refusals look, and what is needed.
fn complete(operation: &mut Operation, need: Option<Need>) {
    let content = ContentBuilder::new()
        .schema(Some(RefOr::Ref(Ref::from_schema_name("Problem"))))
        .build();
    let refusal = ResponseBuilder::new()
        .description("Refused, or failed.")
        .content("application/problem+json", content)
        .build();
    operation
        .responses
        .responses
        .insert("default".to_owned(), RefOr::T(refusal));
    let words = match need {
        None => "nobody".to_owned(),
        Some(Need::Open) => "open".to_owned(),
        Some(Need::Session) => "session".to_owned(),
        Some(Need::Right(right) | Need::Proof(right)) => {
            let name = serde_json::to_value(right).ok();
            name.and_then(|name| name.as_str().map(str::to_owned))
                .unwrap_or_default()
        }
    };
    let fresh = if matches!(need, Some(Need::Proof(_))) {
        ", fresh proof"
    } else {
        ""
    };
    // One alone: extensions have no order, and the document must be the same every time.
    let needs = format!("{words}{fresh}");
    operation.extensions = Some(ExtensionsBuilder::new().add("x-needs", needs).build());
    if need != Some(Need::Open) {
        let none: [String; 0] = [];
        operation.security = Some(vec![
            SecurityRequirement::new("session", none.clone()),
            SecurityRequirement::new("apiKey", none),
        ]);
    }
}
