//! Makes the client from a document of OpenAPI 3.0, which `PLENARIA_OPENAPI_3_0` names. See `reduce.py`.

use std::{env, fs, path::Path};

fn main() {
    println!("cargo:rerun-if-env-changed=PLENARIA_OPENAPI_3_0");
    let path = env::var("PLENARIA_OPENAPI_3_0").expect("PLENARIA_OPENAPI_3_0 names the document");
    println!("cargo:rerun-if-changed={path}");
    let document = fs::read_to_string(&path).expect("the document can be read");
    let document: openapiv3::OpenAPI = serde_json::from_str(&document).expect("the document is OpenAPI 3.0");
    let mut settings = progenitor::GenerationSettings::default();
    settings.with_interface(progenitor::InterfaceStyle::Builder);
    let tokens = progenitor::Generator::new(&settings).generate_tokens(&document).expect("a client can be made");
    let file = syn::parse2(tokens).expect("the client is Rust");
    let target = Path::new(&env::var("OUT_DIR").expect("cargo sets OUT_DIR")).join("client.rs");
    fs::write(target, prettyplease::unparse(&file)).expect("the client can be written");
}
