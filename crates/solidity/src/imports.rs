//! The functions that a compiler imports, each by its meaning. One that no release asks for while it compiles stops it.

use crate::host::{Call, GaveUp, Host, no_files, zeros};
use wasmtime::{Error, Func, FuncType, Result, Store, Val, bail};

/// The function of a meaning; `ty` is what the module says it looks like.
pub(crate) fn function(store: &mut Store<Host>, meaning: &str, ty: FuncType) -> Func {
    let meaning = meaning.to_owned();
    if let Some(signature) = meaning.strip_prefix("invoke_") {
        return invoke(store, signature, ty);
    }
    let zeros = zeros(&ty);
    Func::new(store, ty, move |mut caller, parameters, results| {
        results.clone_from_slice(&zeros);
        let mut call = Call::new(&mut caller)?;
        let answer = match exceptions(&mut call, &meaning, parameters)? {
            Some(answer) => answer,
            None => machine(&mut call, &meaning, parameters)?,
        };
        if let (Some(answer), Some(Val::I32(result))) = (answer, results.first_mut()) {
            *result = answer;
        }
        Ok(())
    })
}

/// `invoke_viji`: `v` for nothing, `i`, `j`, `f`, `d` for 32 and 64 bits. Numbers of 64 bits come in halves, which only an
/// export of the compiler puts together.
fn invoke(store: &mut Store<Host>, signature: &str, ty: FuncType) -> Func {
    let zeros = zeros(&ty);
    let export = signature.contains('j').then(|| format!("dynCall_{signature}"));
    Func::new(store, ty, move |mut caller, parameters, results| {
        results.clone_from_slice(&zeros);
        let mut call = Call::new(&mut caller)?;
        match &export {
            None => call.invoke(parameters, results),
            Some(meaning) => call.invoke_export(meaning, parameters, results),
        }
    })
}

fn number(parameters: &[Val], place: usize) -> Result<u32> {
    match parameters.get(place) {
        Some(Val::I32(number)) => Ok(number.cast_unsigned()),
        _ => bail!("parameter {place} is not what it was in other releases"),
    }
}

/// C++ exceptions. None if the meaning is another one.
fn exceptions(call: &mut Call<'_, '_>, meaning: &str, parameters: &[Val]) -> Result<Option<Option<i32>>> {
    let at = |place| number(parameters, place);
    let pointer = |pointer: u32| Some(pointer.cast_signed());
    let answer = match meaning {
        "___cxa_allocate_exception" => pointer(call.allocate_exception(at(0)?)?),
        "___cxa_free_exception" => done(call.free_exception(at(0)?)?),
        "___cxa_throw" => done(call.throw(at(0)?, at(1)?, at(2)?)?),
        "___cxa_begin_catch" => pointer(call.begin_catch(at(0)?)?),
        "___cxa_end_catch" => done(call.end_catch()?),
        "___cxa_rethrow" => done(call.rethrow()?),
        "___resumeException" => done(call.resume(at(0)?)?),
        "___cxa_uncaught_exceptions" => Some(call.uncaught()),
        "_llvm_eh_typeid_for" => pointer(at(0)?),
        "_getTempRet0" => Some(call.upper()),
        "_setTempRet0" => {
            call.set_upper(at(0)?.cast_signed());
            None
        }
        _ if meaning.starts_with("___cxa_find_matching_catch") => pointer(call.matching_catch(parameters)?),
        _ => return Ok(None),
    };
    Ok(Some(answer))
}

const fn done((): ()) -> Option<i32> {
    None
}

/// Everything else: memory, and what stands for clock, files and environment.
fn machine(call: &mut Call<'_, '_>, meaning: &str, parameters: &[Val]) -> Result<Option<i32>> {
    let at = |place| number(parameters, place);
    Ok(match meaning {
        "_emscripten_memcpy_big" => {
            call.copy(at(0)?, at(1)?, at(2)?)?;
            Some(at(0)?.cast_signed())
        }
        "_emscripten_resize_heap" => Some(i32::from(call.resize(at(0)?)?)),
        "_fd_write" => {
            call.print(at(1)?, at(2)?, at(3)?)?;
            Some(0)
        }
        "_environ_sizes_get" => {
            call.no_variables(at(0)?, at(1)?)?;
            Some(0)
        }
        "_clock_gettime" => {
            call.no_time(at(1)?)?;
            Some(0)
        }
        "_fd_close" | "_fd_read" | "_fd_seek" => Some(no_files(meaning)),
        "_abort" | "_exit" | "__Exit" | "_proc_exit" => return Err(Error::new(GaveUp)),
        // It is always the first moment of 1970; there are no variables, files and signals.
        "__emscripten_date_now"
        | "_emscripten_get_now"
        | "__emscripten_get_now_is_monotonic"
        | "_environ_get"
        | "___syscall_fcntl64"
        | "___syscall_ioctl"
        | "___syscall_openat"
        | "___syscall_stat64"
        | "___syscall_newfstatat"
        | "___syscall_faccessat"
        | "___sys_fcntl64"
        | "___sys_ioctl"
        | "___sys_open"
        | "___sys_munmap"
        | "___map_file"
        | "_strftime_l"
        | "_signal" => Some(0),
        _ => bail!("it asks for {meaning}, which no known release does"),
    })
}
