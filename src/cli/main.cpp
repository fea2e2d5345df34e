#include <exception>
#include <iostream>

#include "cli/command.hpp"

int main(int argc, char* argv[]) {
    try {
        // Batches go through these streams by the million.
        std::ios::sync_with_stdio(false);
        std::cin.tie(nullptr);
        const int status = certguard::cli::run(std::vector<std::string>(argv + 1, argv + argc),
                                               {std::cin, std::cout, std::cerr});
        std::cout.flush();
        if (!std::cout) {
            std::cerr << "certguard: the answer could not be written\n";
            return certguard::cli::kTrouble;
        }
        return status;
    } catch (const std::exception& problem) {
        std::cerr << "certguard: " << problem.what() << '\n';
        return certguard::cli::kTrouble;
    }
}
