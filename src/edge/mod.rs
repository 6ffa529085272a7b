//! The Worker: what Cloudflare calls, handed to the core.

use worker::{Context, Env, Request, Response, Result, event};

/// Every request.
#[event(fetch, respond_with_errors)]
pub async fn fetch(req: Request, env: Env, _ctx: Context) -> Result<Response> {
    match req.path().as_str() {
        "/healthz" => Response::ok("ok"),
        _ => env.assets("ASSETS")?.fetch_request(req).await,
    }
}

/// Private, because the macro adds public functions without documentation.
mod recipients {
    use worker::wasm_bindgen; // the macro names it bare
    use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

    /// One shard of recipients.
    #[durable_object(fetch)]
    pub struct Recipients;

    impl DurableObject for Recipients {
        fn new(_state: State, _env: Env) -> Self {
            Self
        }

        async fn fetch(&self, _req: Request) -> Result<Response> {
            Response::ok("ok")
        }
    }
}
