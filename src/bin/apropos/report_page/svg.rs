//! What the charts of a report share: a frame that says what it shows, text, lines and rectangles. A unit is a pixel at the width of a phone.

use crate::chart::escaped;
use std::fmt::Write;

/// How wide every chart is.
pub const WIDTH: f64 = 360.0;

/// About how wide a letter is.
pub const LETTER: f64 = 6.2;

/// A picture on its way.
pub struct Svg {
    body: String,
    height: f64,
}

impl Svg {
    /// An empty picture.
    pub fn new(height: f64) -> Self {
        Self { body: String::new(), height }
    }

    /// Adds text; `anchor` is start, middle or end.
    pub fn text(&mut self, x: f64, y: f64, anchor: &str, text: &str) {
        let (x, y, text) = (px(x), px(y), escaped(text));
        let _ = match anchor {
            "start" => write!(self.body, "<text x=\"{x}\" y=\"{y}\">{text}</text>"),
            _ => write!(self.body, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{text}</text>"),
        };
    }

    /// Adds text that climbs towards its end.
    pub fn slanted(&mut self, x: f64, y: f64, text: &str) {
        let (x, y, text) = (px(x), px(y), escaped(text));
        let _ = write!(
            self.body,
            "<text transform=\"translate({x} {y}) rotate(-35)\" text-anchor=\"end\">{text}</text>"
        );
    }

    /// Adds text that climbs straight up, centred.
    pub fn upright(&mut self, x: f64, y: f64, text: &str) {
        let (x, y, text) = (px(x), px(y), escaped(text));
        let _ = write!(
            self.body,
            "<text transform=\"translate({x} {y}) rotate(-90)\" text-anchor=\"middle\">{text}</text>"
        );
    }

    /// Adds a straight line.
    pub fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        self.path(class, &format!("M{} {}L{} {}", px(from.0), px(from.1), px(to.0), px(to.1)));
    }

    /// Adds a path, unless it is empty.
    pub fn path(&mut self, class: &str, d: &str) {
        if !d.is_empty() {
            let _ = write!(self.body, "<path class=\"{class}\" d=\"{d}\"/>");
        }
    }

    /// Adds a dot.
    pub fn dot(&mut self, x: f64, y: f64) {
        let _ = write!(self.body, "<circle class=\"dot\" cx=\"{}\" cy=\"{}\" r=\"3.5\"/>", px(x), px(y));
    }

    /// The picture, with its name and what it shows for those who don't see it. `id` is its own on the page.
    pub fn finish(self, id: &str, title: &str, about: &str) -> String {
        format!(
            "<svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-labelledby=\"{id}t {id}d\" xmlns=\"http://www.w3.org/2000/svg\"><title id=\"{id}t\">{}</title><desc id=\"{id}d\">{}</desc>{}</svg>\n",
            px(self.height),
            escaped(title),
            escaped(about),
            self.body
        )
    }
}

/// A rectangle as a part of a path.
pub fn rectangle(x: f64, y: f64, width: f64, height: f64) -> String {
    format!("M{} {}h{}v{}h-{}z", px(x), px(y), px(width), px(height), px(width))
}

/// A tenth of a pixel is all that can be seen.
pub fn px(x: f64) -> String {
    let tenths = (x * 10.0).round() / 10.0 + 0.0;
    tenths.to_string()
}

/// At most so many characters; the last is `…` when there were more.
pub fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        text.to_owned()
    } else {
        text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_is_short_and_harmless() {
        assert_eq!((px(1.04), px(-0.04), px(12.26)), ("1".into(), "0".into(), "12.3".into()));
        assert_eq!(shortened("Prešov", 4), "Pre…");
        let mut svg = Svg::new(10.0);
        svg.text(0.0, 1.0, "end", "<script>");
        let svg = svg.finish("a", "\"><b>", "a & b");
        assert!(
            svg.contains("&lt;script&gt;")
                && svg.contains("&quot;&gt;&lt;b&gt;")
                && svg.contains("a &amp; b")
        );
    }
}
