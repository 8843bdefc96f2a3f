/// Text with numbers in it, for errors that the compiler reports: it evaluates no `format!`.
///
/// ```compile_fail,E0080
/// # use vae_ops::Message;
/// const fn assert_even(n: usize) {
///     if n % 2 != 0 {
///         Message::new("").number(n).text(" is odd").panic();
///     }
/// }
/// const { assert_even(7) }; // error: evaluation panicked: 7 is odd
/// ```
pub struct Message {
    text: [u8; 256],
    len: usize,
}

impl Message {
    /// How it begins.
    pub const fn new(text: &str) -> Self {
        let empty = Self {
            text: [0; 256],
            len: 0,
        };
        empty.text(text)
    }

    /// Appends a text.
    ///
    /// # Panics
    /// If the whole is longer than 256 bytes.
    pub const fn text(mut self, text: &str) -> Self {
        let mut i = 0;
        while i < text.len() {
            self.text[self.len] = text.as_bytes()[i];
            self.len += 1;
            i += 1;
        }
        self
    }

    /// Appends a number, in decimal.
    pub const fn number(self, n: usize) -> Self {
        let digit = [b'0' + (n % 10) as u8];
        let rest = if n < 10 { self } else { self.number(n / 10) };
        match str::from_utf8(&digit) {
            Ok(digit) => rest.text(digit),
            Err(_) => rest,
        }
    }

    /// Panics with it.
    ///
    /// # Panics
    /// Always.
    pub const fn panic(&self) -> ! {
        match str::from_utf8(self.text.split_at(self.len).0) {
            Ok(text) => panic!("{}", text),
            Err(_) => panic!("sizes do not fit"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "from 0 to 10 by 987")]
    fn messages_contain_their_numbers() {
        let message = Message::new("from ").number(0).text(" to ").number(10);
        message.text(" by ").number(987).panic();
    }
}
