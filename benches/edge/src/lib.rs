//! What the platform itself costs: a Worker of the same make as ours that decides nothing. `cargo xtask bench edge` measures ours beside it.
//!
//! | path | what it does |
//! |---|---|
//! | `/object` | asks a Durable Object, which writes and reads a row of SQLite, and answers what it says |
//! | `/kv` | reads a value of KV |
//! | any other | answers a constant |

#[cfg(target_arch = "wasm32")]
mod workers {
    use worker::wasm_bindgen::{self, JsValue};
    use worker::{
        Context, DurableObject, Env, Method, Request, RequestInit, Response, Result, SqlStorage, State,
        durable_object, event,
    };

    /// As long as what our own object is asked and says.
    const TEXT: &str = include_str!("lib.rs");

    /// Every request.
    #[event(fetch)]
    pub async fn fetch(req: Request, env: Env, _: Context) -> Result<Response> {
        match req.path().as_str() {
            "/object" => {
                let stub = env.durable_object("OBJECT")?.get_by_name("one")?;
                let mut init = RequestInit::new();
                init.with_method(Method::Post).with_body(Some(JsValue::from_str(&TEXT[..300])));
                stub.fetch_with_request(Request::new_with_init("https://object/", &init)?).await
            }
            "/kv" => Response::ok(env.kv("KV")?.get("constant").text().await?.unwrap_or_default()),
            _ => Response::ok("constant"),
        }
    }

    /// An object that keeps one row.
    #[durable_object]
    pub struct Constant {
        sql: SqlStorage,
    }

    impl DurableObject for Constant {
        fn new(state: State, _: Env) -> Self {
            let sql = state.storage().sql();
            // without its table every request fails, which the driver sees
            let _ = sql.exec("CREATE TABLE IF NOT EXISTS kept (id INTEGER PRIMARY KEY, body TEXT)", None);
            Self { sql }
        }

        async fn fetch(&self, mut req: Request) -> Result<Response> {
            let body = req.text().await?;
            self.sql.exec("INSERT OR REPLACE INTO kept VALUES (1, ?)", vec![body.into()])?;
            let rows = self.sql.exec("SELECT body FROM kept WHERE id = 1", None)?.raw().count();
            if rows == 1 { Response::ok(&TEXT[..300]) } else { Response::error("no row", 500) }
        }
    }
}
