//! What a request carries, read strictly: what cannot be read is a problem with the rule that it breaks.

use crate::problem::{Kind, Problem};
use axum::{
    Form, Json,
    body::Bytes,
    extract::{
        FromRequest, FromRequestParts, Path, Query, Request,
        rejection::{BytesRejection, FormRejection, JsonRejection, PathRejection, QueryRejection},
    },
    http::{header, request::Parts},
};
use serde::de::DeserializeOwned;

/// The query of a request.
pub struct Parameters<T>(pub T);

/// The body of a request, a form.
pub struct Filled<T>(pub T);

/// Parts of the path of a request.
pub struct Segments<T>(pub T);

/// The body of a request, JSON.
pub struct Content<T>(pub T);

/// The body of a request, a text: as it is, or as a text of JSON.
pub struct Text(pub String);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query: Result<Query<T>, QueryRejection> = Query::from_request_parts(parts, state).await;
        query
            .map(|Query(value)| Self(value))
            .map_err(|refusal| Problem::new(Kind::INVALID).with_detail(refusal.body_text()))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Filled<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let form: Result<Form<T>, FormRejection> = Form::from_request(request, state).await;
        form.map(|Form(value)| Self(value)).map_err(|refusal| {
            let kind = match refusal.status().as_u16() {
                413 => Kind::TOO_LARGE,
                415 => Kind::FORM,
                _ => Kind::INVALID,
            };
            Problem::new(kind).with_detail(refusal.body_text())
        })
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Segments<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path: Result<Path<T>, PathRejection> = Path::from_request_parts(parts, state).await;
        path.map(|Path(value)| Self(value))
            .map_err(|refusal| Problem::new(Kind::INVALID).with_detail(refusal.body_text()))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Content<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let body: Result<Json<T>, JsonRejection> = Json::from_request(request, state).await;
        body.map(|Json(value)| Self(value)).map_err(|refusal| {
            let kind = match refusal.status().as_u16() {
                413 => Kind::TOO_LARGE,
                415 => Kind::MEDIA,
                _ => Kind::INVALID,
            };
            Problem::new(kind).with_detail(refusal.body_text())
        })
    }
}

impl<S: Send + Sync> FromRequest<S> for Text {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        if kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/json")) {
            return Content::from_request(request, state)
                .await
                .map(|Content(text)| Self(text));
        }
        let body: Result<Bytes, BytesRejection> = Bytes::from_request(request, state).await;
        let bytes = body.map_err(|refusal| {
            let kind = match refusal.status().as_u16() {
                413 => Kind::TOO_LARGE,
                _ => Kind::INVALID,
            };
            Problem::new(kind).with_detail(refusal.body_text())
        })?;
        let text = String::from_utf8(bytes.into());
        text.map(Self)
            .map_err(|_| Problem::new(Kind::INVALID).with_detail("a text in UTF-8 is expected"))
    }
}
