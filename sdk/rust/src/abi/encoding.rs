//! From JSON to the input of a call.

use super::decoding::DEPTH_MAX;
use crate::AbiError;
use alloy_dyn_abi::{DynSolType, DynSolValue, JsonAbiExt, Specifier};
use alloy_json_abi::{Function, Param};
use alloy_primitives::Bytes;
use serde_json::Value;

/// Characters of a faulty argument, and of its type, that an error repeats.
const GIVEN_SHOWN_MAX: usize = 80;

/// The input of a call of `function`.
///
/// # Errors
/// [`AbiError::ArgumentCount`], [`AbiError::Argument`].
pub fn encode(function: &Function, arguments: &[Value]) -> Result<Bytes, AbiError> {
    if function.inputs.len() != arguments.len() {
        return Err(AbiError::ArgumentCount {
            function: function.name.clone(),
            expected: function.inputs.len(),
            given: arguments.len(),
        });
    }
    let values: Result<Vec<DynSolValue>, AbiError> = std::iter::zip(&function.inputs, arguments)
        .map(|(param, argument)| {
            if is_deep(param, 0) {
                return Err(refused(param, argument));
            }
            let kind = param.resolve().map_err(|_| refused(param, argument))?;
            value(&kind, &param.components, argument).ok_or_else(|| refused(param, argument))
        })
        .collect();
    let input = function
        .abi_encode_input(&values?)
        .map_err(|_| AbiError::Undecodable {
            what: function.signature(),
        })?;
    Ok(input.into())
}

/// Whether a type nests deeper than the stack should follow it: signatures and ABIs come from strangers.
fn is_deep(param: &Param, above: usize) -> bool {
    let depth = above + 1 + param.ty.matches('[').count();
    depth > DEPTH_MAX || param.components.iter().any(|component| is_deep(component, depth))
}

fn refused(param: &Param, argument: &Value) -> AbiError {
    AbiError::Argument {
        name: param.name.clone(),
        kind: param.selector_type().chars().take(GIVEN_SHOWN_MAX).collect(),
        given: argument.to_string().chars().take(GIVEN_SHOWN_MAX).collect(),
    }
}

fn value(kind: &DynSolType, components: &[Param], argument: &Value) -> Option<DynSolValue> {
    match kind {
        DynSolType::Array(item) => Some(DynSolValue::Array(items(item, components, argument)?)),
        DynSolType::FixedArray(item, count) => {
            let items = items(item, components, argument)?;
            (items.len() == *count).then_some(DynSolValue::FixedArray(items))
        }
        DynSolType::Tuple(kinds) => {
            let fields: Vec<&Value> = match argument {
                Value::Array(fields) => fields.iter().collect(),
                Value::Object(object) if object.len() == kinds.len() => components
                    .iter()
                    .map(|component| object.get(&component.name))
                    .collect::<Option<_>>()?,
                _ => return None,
            };
            if fields.len() != kinds.len() || components.len() != kinds.len() {
                return None;
            }
            let parts = std::iter::zip(kinds, std::iter::zip(components, fields));
            let values: Option<Vec<DynSolValue>> = parts
                .map(|(kind, (component, field))| value(kind, &component.components, field))
                .collect();
            Some(DynSolValue::Tuple(values?))
        }
        DynSolType::String => Some(DynSolValue::String(argument.as_str()?.to_owned())),
        DynSolType::Bool => match argument {
            Value::Bool(flag) => Some(DynSolValue::Bool(*flag)),
            Value::String(text) => text.parse().ok().map(DynSolValue::Bool),
            _ => None,
        },
        _ => match argument {
            Value::String(text) => kind.coerce_str(text).ok(),
            Value::Number(number) => kind.coerce_str(&number.to_string()).ok(),
            _ => None,
        },
    }
}

fn items(item: &DynSolType, components: &[Param], argument: &Value) -> Option<Vec<DynSolValue>> {
    let arguments = argument.as_array()?.iter();
    arguments
        .map(|argument| value(item, components, argument))
        .collect()
}
