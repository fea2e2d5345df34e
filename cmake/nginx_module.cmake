# ngx_http_certguard_module.so, by nginx's own configure and make from the file config.
# The module must be built against the very nginx that loads it: Debian's differs from nginx.org's
# of the same version, so the default is what the package nginx-dev installs.
set(CERTGUARD_NGINX_SOURCE "/usr/share/nginx/src" CACHE PATH
    "nginx's source tree, or the part of it that nginx-dev installs")

if(NOT EXISTS ${CERTGUARD_NGINX_SOURCE}/configure)
    message(FATAL_ERROR
        "There is no nginx source tree in ${CERTGUARD_NGINX_SOURCE}. Install nginx-dev (Debian) or "
        "nginx-mod-devel (EL), or name a tree with -DCERTGUARD_NGINX_SOURCE=DIR, or build without "
        "the module: -DCERTGUARD_MODULE=OFF.")
endif()

# nginx adds -W -Wall -Wpointer-arith -Werror, and -Wno-unused-parameter, which ours take back.
set(module_cc_opt "-fPIC -fstack-protector-strong -Wformat -Werror=format-security -Wextra -Wunused-parameter")
set(module_ld_opt "-fPIC -Wl,-z,relro -Wl,-z,now")
if(CERTGUARD_SANITIZE)
    string(APPEND module_cc_opt " ${sanitizer_flags}")
    string(APPEND module_ld_opt " -fsanitize=${CERTGUARD_SANITIZE}")
else()
    string(APPEND module_cc_opt " -O2 -g -D_FORTIFY_SOURCE=2")
endif()

set(run_build bash ${CMAKE_CURRENT_LIST_DIR}/nginx_module.sh ${PROJECT_SOURCE_DIR}
    ${CERTGUARD_NGINX_SOURCE} ${PROJECT_BINARY_DIR}/nginx ${CMAKE_C_COMPILER}
    ${module_cc_opt} ${module_ld_opt})
if(CMAKE_GENERATOR MATCHES "Makefiles")
    set(run_build ${CMAKE_COMMAND} -E env MAKE=$(MAKE) ${run_build})
endif()
add_custom_target(nginx_module ALL
    COMMAND ${run_build}
    BYPRODUCTS ${PROJECT_BINARY_DIR}/ngx_http_certguard_module.so
    COMMENT "ngx_http_certguard_module.so, by nginx's make"
    VERBATIM)
