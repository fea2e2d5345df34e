#include "cli/command.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>

#include "printable.hpp"

namespace certguard::cli {
namespace {

constexpr const char* kExitStatus = "Exit status: 0 yes, 1 no, 2 trouble.";
constexpr const char* kWithoutQuoting =
    "the arguments are wrong, perhaps because --authorization needs its value in quotes";

class CommandLine {
  public:
    explicit CommandLine(Streams streams) : streams_(streams) {
        app_.name("certguard");
        app_.description(
            "Looks at certguard's policy and at RHSM certificates the way nginx does.");
        app_.set_version_flag("--version", "certguard " CERTGUARD_VERSION);
        app_.require_subcommand(1);
        app_.footer(kExitStatus);
        add_check();
        add_inspect();
        add_explain();
        add_host();
        add_paths();
    }

    int run(const std::vector<std::string>& arguments) {
        if (!arguments.empty() && arguments[0].substr(0, 1) != "-" && !has(arguments[0])) {
            return usage_problem(certguard::quoted(arguments[0]) + " is no subcommand");
        }
        try {
            app_.parse(for_cli11(arguments));
        } catch (const CLI::ParseError& problem) {
            if (problem.get_exit_code() == 0) {  // --help, --version
                return app_.exit(problem, streams_.out, streams_.err);
            }
            const bool quotes = dynamic_cast<const CLI::RequiredError*>(&problem) == nullptr;
            return usage_problem(quotes && has_secret(arguments) ? kWithoutQuoting
                                                                 : problem.what());
        }
        return chosen_();
    }

  private:
    /// CLI11 takes arguments from the back, and "--path=" for an option without a value.
    static std::vector<std::string> for_cli11(const std::vector<std::string>& arguments) {
        std::vector<std::string> reversed;
        for (auto argument = arguments.rbegin(); argument != arguments.rend(); ++argument) {
            if (argument->substr(0, 2) == "--" && argument->find('=') == argument->size() - 1) {
                reversed.emplace_back();
                reversed.push_back(argument->substr(0, argument->size() - 1));
            } else {
                reversed.push_back(*argument);
            }
        }
        return reversed;
    }

    /// Is there an argument that must not be shown? What CLI11 says about wrong ones quotes them.
    static bool has_secret(const std::vector<std::string>& arguments) {
        return std::any_of(arguments.begin(), arguments.end(), [](const std::string& argument) {
            return argument.rfind("--authorization", 0) == 0;
        });
    }

    bool has(const std::string& subcommand) {
        const auto is_it = [&](CLI::App* app) { return app->get_name() == subcommand; };
        return !app_.get_subcommands(is_it).empty();
    }

    int usage_problem(const std::string& what) {
        streams_.err << "certguard: " << printable(what) << "; see certguard --help\n";
        return kTrouble;
    }

    CLI::App& add(const char* name, const char* description, bool& json, std::function<int()> run) {
        CLI::App& command = *app_.add_subcommand(name, description);
        command.add_flag("--json", json, "Answer in JSON");
        command.footer(kExitStatus);
        command.callback([this, run = std::move(run)] { chosen_ = run; });
        return command;
    }

    void add_check() {
        CLI::App& command = add("check", "Validate a policy and every file that it names",
                                check_.json, [this] { return check(check_, streams_); });
        command.add_option("POLICY", check_.policy, "The policy file")->required();
    }

    void add_inspect() {
        CLI::App& command = add("inspect", "Show what a certificate says, its paths above all",
                                inspect_.json, [this] { return inspect(inspect_, streams_); });
        command.add_option("CERTIFICATE", inspect_.certificate, "PEM or DER")->required();
    }

    void add_explain() {
        CLI::App& command = add("explain", "Show a decision and each step that leads to it",
                                explain_.json, [this] { return explain(explain_, streams_); });
        command.add_option("--policy", explain_.policy, "The policy file")->required();
        command.add_option("--guard", explain_.guard, "The guard's name in the policy")->required();
        command.add_option("--certificate", explain_.certificate,
                           "The client's certificate, PEM or DER; without it the client has none");
        command
            .add_option("--uri", explain_.uri,
                        "The request target as the client sends it: /pulp/content/a%20b, or a URL")
            ->required();
        command
            .add_option("--method", explain_.method,
                        "The request's method; guards that serve content treat all alike")
            ->capture_default_str();
        command.add_option("--authorization", explain_.authorization,
                           "The request's Authorization header, for guards that serve a registry: "
                           "'Basic x' is as good as a real one, which would not be shown");
        command.add_flag("--pass", explain_.can_pass,
                         "Decide as in a location that has a certguard_pass");
        command.add_option("--at", explain_.at,
                           "Decide as if it were then: 2026-01-31, 2026-01-31T23:59:59Z (UTC), "
                           "@1767225600");
        command.add_flag("--offline", explain_.offline,
                         "Ask no lookup; what needs one can't be decided then");
    }

    void add_host() {
        CLI::App& command = add("host", "Show what a lookup says about a host", host_.json,
                                [this] { return host(host_, streams_); });
        command.add_option("UUID", host_.uuid, "The host's consumer UUID")->required();
        command.add_option("--policy", host_.policy, "The policy file")->required();
        command.add_option(
            "--lookup", host_.lookup,
            "The lookup's name in the policy; may be left out when there is but one");
        command.add_option("--certificate", host_.certificate,
                           "The host's certificate, PEM or DER, for a lookup with source: consumer "
                           "or certificate");
    }

    void add_paths() {
        CLI::App& command =
            add("paths",
                "The bare RHSM path check, without trust, dates and prefix: allow, deny or error",
                paths_.json, [this] { return run_paths(); });
        CLI::Option* certificate =
            command.add_option("--certificate", paths_.certificate, "PEM or DER");
        CLI::Option* path = command.add_option(
            "--path", paths_.path,
            "A decoded path, may be empty; \\\\, \\t, \\n, \\r and \\xHH stand for these bytes");
        CLI::Option* batch = command.add_option(
            "--batch", batch_.file,
            "A file (or -) with lines CERTIFICATE-FILE<TAB>PATH; each is answered with the same "
            "line and <TAB>allow, deny or error. Status 0 when all lines could be read");
        certificate->needs(path);
        path->needs(certificate);
        batch->excludes(certificate)->excludes(path);
    }

    int run_paths() {
        batch_.json = paths_.json;
        if (!batch_.file.empty()) {
            return paths_batch(batch_, streams_);
        }
        if (paths_.certificate.empty()) {
            streams_.err << "certguard: paths needs --certificate and --path, or --batch\n";
            return kTrouble;
        }
        return paths(paths_, streams_);
    }

    Streams streams_;
    CLI::App app_;
    CheckOptions check_;
    InspectOptions inspect_;
    ExplainOptions explain_;
    HostOptions host_;
    PathsOptions paths_;
    PathsBatchOptions batch_;
    std::function<int()> chosen_;
};

}  // namespace

int run(const std::vector<std::string>& arguments, Streams streams) {
    return CommandLine(streams).run(arguments);
}

}  // namespace certguard::cli
