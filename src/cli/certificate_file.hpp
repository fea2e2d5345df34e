// A certificate from a file, as administrators have them.
#pragma once

#include <memory>
#include <string>

#include "certguard/certificate.hpp"
#include "certguard/result.hpp"

namespace certguard::cli {

/// The first certificate of a PEM file, or the one of a DER file. The message names the file.
Result<std::shared_ptr<const Certificate>> read_certificate_file(const std::string& file);

}  // namespace certguard::cli
