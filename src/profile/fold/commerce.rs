//! What people look at and buy: pages, and Segment's e-commerce events.

use super::{key, scaled};
use crate::hash::Key;
use crate::order;
use crate::profile::event::{self, Event};
use crate::profile::fields::word;
use crate::profile::{Act, Line, Profile, Rhythm, few};
use serde_json::Value;

/// A page left open is not read all day: at most this many seconds count for one page.
const MAX_SECONDS: f64 = 3600.0;
/// Pages that build trust, by their category.
const INFO: [&str; 7] = ["info", "help", "faq", "delivery", "shipping", "returns", "guarantee"];
/// Pages about prices, by their category.
const PRICES: [&str; 7] = ["price", "prices", "pricing", "plans", "sale", "offers", "deals"];

/// A page or screen was seen.
pub fn page(profile: &mut Profile, event: &Event) -> Result<bool, String> {
    let at = event.timestamp;
    let category = event.read("category", |value| word::text(value, 200))?.unwrap_or_default();
    let seconds = event.read("duration", word::number)?.unwrap_or_default().min(MAX_SECONDS);
    let value = event.read("page_value", word::number)?;
    let browsing = &mut profile.browsing;
    let is = |names: &[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(&category));
    let act = if is(&INFO) {
        browsing.info_views.add(1.0, at);
        Act::Info
    } else if is(&PRICES) {
        browsing.price_views.add(1.0, at);
        Act::Price
    } else {
        Act::Page
    };
    browsing.dwell_minutes.add((seconds / 60.0) as f32, at);
    if let Some(value) = value {
        browsing.page_value.tell(value as f32, at);
    }
    browsing.act(act, seconds as u16, at);
    Ok(true)
}

/// Something happened in the shop.
pub fn track(profile: &mut Profile, event: &Event) -> Result<bool, String> {
    let at = event.timestamp;
    let browsing = &mut profile.browsing;
    match event.event.as_str() {
        "Products Searched" => {
            browsing.searches.add(1.0, at);
            browsing.act(Act::Search, 0, at);
        }
        "Product List Viewed" => {
            interest(profile, event)?;
            profile.browsing.act(Act::Page, 0, at);
        }
        "Product Viewed" => {
            interest(profile, event)?;
            profile.browsing.product_views.add(1.0, at);
            profile.browsing.act(Act::Product, 0, at);
        }
        "Product Added" => {
            cart(profile, event, 1)?;
            profile.browsing.act(Act::Cart, 0, at);
        }
        "Product Removed" => {
            cart(profile, event, -1)?;
            profile.browsing.act(Act::Page, 0, at);
        }
        "Product Added to Wishlist" => {
            browsing.wishes.add(1.0, at);
            browsing.act(Act::Page, 0, at);
        }
        "Cart Viewed" => browsing.act(Act::Page, 0, at),
        "Checkout Started" => {
            browsing.last_checkout = browsing.last_checkout.max(Some(at));
            browsing.act(Act::Checkout, 0, at);
        }
        "Order Completed" => order(profile, event)?,
        "Order Cancelled" | "Order Refunded" => profile.purchases.returns.add(1.0, at),
        "Product Reviewed" => {
            if let Some(mood) = scaled(event, "rating", 1.0, 5.0)? {
                profile.support.feel(mood, at);
            }
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// Counts a look at a category.
fn interest(profile: &mut Profile, event: &Event) -> Result<(), String> {
    if let Some(category) = event.read("category", word::name)? {
        few::count(&mut profile.browsing.categories, &category, 1.0, event.timestamp);
    }
    Ok(())
}

/// A product was put into the cart (`sign` 1) or taken out (`sign` -1).
fn cart(profile: &mut Profile, event: &Event, sign: i16) -> Result<(), String> {
    let product = key(event, "product_id")?.unwrap_or_else(|| Key::of(""));
    let quantity = event.read("quantity", word::number)?.unwrap_or(1.0).min(1000.0) as i16;
    let cents = (event.read("price", word::number)?.unwrap_or_default().min(1e7) * 100.0).round() as u32;
    profile.browsing.cart.add(event.timestamp, Line { product, quantity: sign * quantity, cents });
    Ok(())
}

fn order(profile: &mut Profile, event: &Event) -> Result<(), String> {
    let at = event.timestamp;
    let total = event.read("total", word::number)?;
    let money = total.or(event.read("revenue", word::number)?).unwrap_or_default();
    let discount = event.read("discount", word::number)?.unwrap_or_default();
    let coupon = event.read("coupon", |value| word::text(value, 200))?;
    let (categories, products) = bought(event)?;
    let purchases = &mut profile.purchases;
    purchases.count = purchases.count.saturating_add(1);
    if discount > 0.0 || coupon.is_some() {
        purchases.discounted = purchases.discounted.saturating_add(1);
    }
    purchases.value.add(money as f32, at);
    purchases.last = purchases.last.max(Some(at));
    for category in categories {
        few::count(&mut purchases.categories, &category, 1.0, at);
    }
    for product in products {
        purchases.add(Rhythm { product, orders: 1, first: at, last: at });
    }
    profile.browsing.cart.clear(at);
    Ok(())
}

/// The categories and products of an order, each once.
fn bought(event: &Event) -> Result<(Vec<String>, Vec<Key>), String> {
    const SHAPE: &str = "products is not a list of objects";
    let (mut categories, mut products) = (Vec::new(), Vec::new());
    let list = match event.properties.get("products") {
        None | Some(Value::Null) => &[][..],
        Some(list) => list.as_array().ok_or(SHAPE)?,
    };
    for product in list {
        let product = product.as_object().ok_or(SHAPE)?;
        categories.extend(event::read(product, "category", word::name)?);
        let id = event::read(product, "product_id", |value| word::text(value, 200))?;
        products.extend(id.map(|id| Key::of(&id)));
    }
    order::by(&mut categories, Ord::cmp);
    categories.dedup();
    order::by(&mut products, Ord::cmp);
    products.dedup();
    Ok((categories, products))
}
