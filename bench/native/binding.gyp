{
  "targets": [
    {
      "target_name": "reference",
      "sources": ["reference.cc"],
      # The flags of ../../native/binding.gyp, so that the compiler makes no difference.
      "defines": ["NAPI_VERSION=9"],
      "cflags": ["-fvisibility=hidden", "-Wall", "-Wextra", "-Werror", "-O3", "-flto"],
      "cflags_cc": ["-std=c++20", "-fvisibility-inlines-hidden", "-fno-exceptions", "-fno-rtti"],
      "conditions": [
        ["OS=='win'", {
          "msvs_settings": { "VCCLCompilerTool": { "AdditionalOptions": ["/std:c++20"], "WarningLevel": 4 } }
        }],
        ["OS=='linux'", {
          "ldflags": ["-flto", "-Wl,-Bsymbolic"]
        }],
        ["OS=='mac'", {
          "xcode_settings": {
            "CLANG_CXX_LANGUAGE_STANDARD": "c++20",
            "GCC_ENABLE_CPP_EXCEPTIONS": "NO",
            "GCC_ENABLE_CPP_RTTI": "NO",
            "MACOSX_DEPLOYMENT_TARGET": "11.0"
          }
        }]
      ]
    }
  ]
}
