//! Prints the OpenAPI document of the console.

fn main() -> Result<(), serde_json::Error> {
    let text = serde_json::to_string_pretty(&civitas_console::document::document())?;
    println!("{text}");
    Ok(())
}
