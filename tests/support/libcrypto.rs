//! OpenSSL's libcrypto, opened at run time where the machine has it: SM2 checks of a digest, and nothing else.

#![allow(unsafe_code, reason = "a foreign library, for comparison only")]

use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::ptr::{null, null_mut};
use std::sync::OnceLock;

use libloading::{Library, Symbol};

/// core.h: `OSSL_PARAM`.
#[repr(C)]
struct Param {
    key: *const c_char,
    data_type: c_uint,
    data: *mut c_void,
    data_size: usize,
    return_size: usize,
}

const UTF8_STRING: c_uint = 4;
const OCTET_STRING: c_uint = 5;
/// evp.h: `EVP_PKEY_PUBLIC_KEY`, all parameters and the public key.
const PUBLIC_KEY: c_int = 0x86;

type NewFromName = unsafe extern "C" fn(*mut c_void, *const c_char, *const c_char) -> *mut c_void;
type NewFromKey = unsafe extern "C" fn(*mut c_void, *mut c_void, *const c_char) -> *mut c_void;
type Init = unsafe extern "C" fn(*mut c_void) -> c_int;
type FromData = unsafe extern "C" fn(*mut c_void, *mut *mut c_void, c_int, *mut Param) -> c_int;
type Verify = unsafe extern "C" fn(*mut c_void, *const u8, usize, *const u8, usize) -> c_int;
type Free = unsafe extern "C" fn(*mut c_void);
type Version = unsafe extern "C" fn(c_int) -> *const c_char;

static LOADED: OnceLock<Library> = OnceLock::new();

/// The library, open as long as the program runs.
#[derive(Clone, Copy)]
pub struct Libcrypto {
    loaded: &'static Library,
    verify: Verify,
}

/// A key that checks are made with.
pub struct Checker {
    libcrypto: Libcrypto,
    context: *mut c_void,
    key: *mut c_void,
}

impl Libcrypto {
    /// Opens `libcrypto.so.3`, or says why not.
    pub fn open() -> Result<Self, String> {
        // SAFETY: the library's initializers are OpenSSL's own, and have no preconditions.
        let library = unsafe { Library::new("libcrypto.so.3") }.map_err(|error| error.to_string())?;
        let library = LOADED.get_or_init(|| library);
        // SAFETY: the type is that of evp.h.
        let verify =
            unsafe { library.get::<Verify>(b"EVP_PKEY_verify\0") }.map_err(|error| error.to_string())?;
        Ok(Self { loaded: library, verify: *verify })
    }

    fn get<T>(&self, name: &'static str) -> Symbol<'static, T> {
        // SAFETY: each caller asks for the type that OpenSSL 3's headers give `name`.
        unsafe { self.loaded.get(name.as_bytes()) }.unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// What the library calls itself.
    pub fn version(&self) -> String {
        // SAFETY: the function takes any number and gives a static string.
        let text = unsafe { CStr::from_ptr(self.get::<Version>("OpenSSL_version")(0)) };
        text.to_string_lossy().into_owned()
    }

    /// A key from its uncompressed point; `None` if OpenSSL refuses it.
    pub fn checker(self, point: &[u8; 65]) -> Option<Checker> {
        let mut octets = *point;
        let mut group = *b"SM2\0";
        let param = |key: &'static CStr, data_type, data: *mut c_void, data_size| Param {
            key: key.as_ptr(),
            data_type,
            data,
            data_size,
            return_size: usize::MAX,
        };
        let end = Param { key: null(), data_type: 0, data: null_mut(), data_size: 0, return_size: 0 };
        let mut params = [
            param(c"group", UTF8_STRING, group.as_mut_ptr().cast(), 3),
            param(c"pub", OCTET_STRING, octets.as_mut_ptr().cast(), octets.len()),
            end,
        ];
        let mut key = null_mut();
        // SAFETY: pointers are to values above that outlive the calls; contexts are freed once each, and a null one is not used.
        unsafe {
            let maker =
                self.get::<NewFromName>("EVP_PKEY_CTX_new_from_name")(null_mut(), c"SM2".as_ptr(), null());
            let made = !maker.is_null()
                && self.get::<Init>("EVP_PKEY_fromdata_init")(maker) == 1
                && self.get::<FromData>("EVP_PKEY_fromdata")(
                    maker,
                    &mut key,
                    PUBLIC_KEY,
                    params.as_mut_ptr(),
                ) == 1;
            self.get::<Free>("EVP_PKEY_CTX_free")(maker);
            if !made {
                return None;
            }
            let context = self.get::<NewFromKey>("EVP_PKEY_CTX_new_from_pkey")(null_mut(), key, null());
            assert!(!context.is_null() && self.get::<Init>("EVP_PKEY_verify_init")(context) == 1);
            Some(Checker { libcrypto: self, context, key })
        }
    }
}

impl Checker {
    /// Whether a signature in DER over the digest e holds.
    pub fn holds(&self, digest: &[u8; 32], der: &[u8]) -> bool {
        // SAFETY: the context was made and initialized by `Libcrypto::checker`; lengths are those of the slices.
        let outcome = unsafe {
            (self.libcrypto.verify)(self.context, der.as_ptr(), der.len(), digest.as_ptr(), digest.len())
        };
        outcome == 1
    }
}

impl Drop for Checker {
    fn drop(&mut self) {
        // SAFETY: both were made by `Libcrypto::checker` and are freed here alone.
        unsafe {
            self.libcrypto.get::<Free>("EVP_PKEY_CTX_free")(self.context);
            self.libcrypto.get::<Free>("EVP_PKEY_free")(self.key);
        }
    }
}
