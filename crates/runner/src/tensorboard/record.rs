//! [Records](https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details): how a series of messages is
//! laid out in a file, so that a reader finds where each ends, and what is damaged or not complete yet.

/// The length, 8 bytes; its checksum, 4 bytes; the data; their checksum, 4 bytes. All numbers begin with the lowest byte.
pub(super) fn frame(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    [&length[..], &checksum(&length), data, &checksum(data)].concat()
}

/// The CRC-32C, masked: data that contain their own CRC would spoil it.
pub(super) fn checksum(bytes: &[u8]) -> [u8; 4] {
    let masked = crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8);
    masked.to_le_bytes()
}

/// The CRC of Castagnoli's polynomial (RFC 3720, appendix B.4), which is not the one of PNG and zip files.
fn crc32c(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| (crc >> 8) ^ TABLE[usize::from(crc as u8 ^ byte)];
    !bytes.iter().fold(!0, step)
}

/// What each value of a byte comes to.
const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < table.len() {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            // The polynomial, its bits in reverse, where one is shifted out.
            crc = (crc >> 1) ^ ((crc & 1) * 0x82f6_3b78);
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    /// The check value of the catalogue of CRCs, and the examples of RFC 3720, appendix B.4.
    #[test]
    fn published_checksums() {
        let up: Vec<u8> = (0..32).collect();
        let down: Vec<u8> = (0..32).rev().collect();
        let rows: [(&[u8], u32); 6] = [
            (b"", 0),
            (b"123456789", 0xe306_9283),
            (&[0; 32], 0x8a91_36aa),
            (&[0xff; 32], 0x62a8_ab43),
            (&up, 0x46dd_794e),
            (&down, 0x113f_db5c),
        ];
        for (bytes, crc) in rows {
            assert_eq!(crc32c(bytes), crc, "{bytes:?}");
        }
    }

    /// What TensorBoard's `RecordWriter` makes of it.
    #[test]
    fn a_record_byte_by_byte() {
        let expected = b"\x0d\0\0\0\0\0\0\0\x3c\x37\xb8\x34brain.Event:2\xee\x01\x06\x7c";
        assert_eq!(frame(b"brain.Event:2"), expected);
    }
}
