#include <algorithm>
#include <memory>
#include <random>
#include <set>
#include <vector>

#include "catch.hpp"
#include "zone/blobs.hpp"
#include "zone/content.hpp"
#include "zone/id_set.hpp"

using namespace certguard;
using namespace certguard::zone;

namespace {

struct Memory {
    explicit Memory(std::size_t size = 4u << 20)
        : layout(*Layout::of(size)),
          bytes(new (std::align_val_t{kCellBytes}) unsigned char[layout.end]),
          zone(bytes, layout) {
        zone.reset();
    }
    ~Memory() { ::operator delete[](bytes, std::align_val_t{kCellBytes}); }
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;

    Layout layout;
    unsigned char* bytes;
    Zone zone;
};

Cell add(Zone& zone, const std::vector<std::uint32_t>& words, std::uint8_t identity,
         BlobType type = BlobType::text, std::uint32_t number = 0) {
    return add_blob(zone, {type, {identity}, words.data(), words.size() * 4, number});
}

std::vector<std::uint32_t> counting(std::size_t count) {
    std::vector<std::uint32_t> words(count);
    for (std::size_t i = 0; i < count; ++i) {
        words[i] = static_cast<std::uint32_t>(i * 2654435761u);
    }
    return words;
}

std::vector<std::uint32_t> random_ids(std::mt19937& random, std::size_t count,
                                      std::uint32_t below) {
    std::set<std::uint32_t> ids;
    while (ids.size() < count) {
        ids.insert(static_cast<std::uint32_t>(random() % below));
    }
    return {ids.begin(), ids.end()};
}

}  // namespace

TEST_CASE("content of any length is read back word by word and leaves no cell behind") {
    Memory memory;
    Zone& zone = memory.zone;
    const std::uint32_t before = zone.free_cells();
    for (std::size_t count : {0, 1, 5, 6, 7, 20, 21, 22, 36, 230, 231, 232, 3381, 3382, 60'000}) {
        INFO(count);
        const auto words = counting(count);
        const Cell cell = add(zone, words, 1);
        REQUIRE(cell != kNoCell);
        CHECK(before - zone.free_cells() == cells_for(count));
        ContentReader reader(zone, cell);
        REQUIRE(reader.size() == count);
        bool equal = true;
        for (std::size_t i = 0; i < count; ++i) {
            equal = equal && reader.word(i) == words[i];
        }
        CHECK(equal);
        for (std::size_t i = count; i-- > 0;) {
            equal = equal && reader.word(i) == words[i];
        }
        CHECK(equal);
        drop_blob(zone, cell);
        CHECK(zone.free_cells() == before);
        REQUIRE_FALSE(zone.broken());
    }
}

TEST_CASE("content that does not fit takes no cell") {
    Memory memory(64u << 10);
    Zone& zone = memory.zone;
    const std::uint32_t before = zone.free_cells();
    CHECK(add(zone, counting(16'000), 1) == kNoCell);
    CHECK(zone.free_cells() == before);
    CHECK_FALSE(zone.broken());
    CHECK(add(zone, counting(1000), 1) != kNoCell);
}

TEST_CASE("a word behind the content's end is a fault") {
    Memory memory;
    const Cell cell = add(memory.zone, counting(30), 1);
    ContentReader reader(memory.zone, cell);
    CHECK(reader.word(30) == 0);
    CHECK(memory.zone.broken());
}

TEST_CASE("a changed page is a fault") {
    Memory memory;
    const Cell cell = add(memory.zone, counting(400), 1);
    memory.zone.page(memory.zone.blob(cell).root).words[3] ^= 1;
    ContentReader reader(memory.zone, cell);
    reader.word(399);
    CHECK(memory.zone.broken());
}

TEST_CASE("ids are read back whatever their density") {
    std::mt19937 random(7);
    Memory memory;
    Zone& zone = memory.zone;
    for (std::uint32_t below : {1u, 2u, 50u, 5'000u, 65'536u, 1u << 26}) {
        for (std::size_t count : {1u, 2u, 50u, 1'000u}) {
            if (count > below) {
                continue;
            }
            INFO(count << " of " << below);
            const auto ids = random_ids(random, count, below);
            const auto words = encode_ids(ids);
            const Cell cell = add(zone, words, 1, BlobType::set, static_cast<std::uint32_t>(count));
            ContentReader reader(zone, cell);
            std::vector<std::uint32_t> read(count + 10);
            REQUIRE(collect_ids(zone, reader, count, 0, read.data(), read.size()) == count);
            read.resize(count);
            CHECK(read == ids);
            for (int i = 0; i < 300; ++i) {
                const std::uint32_t id = i % 2 == 0 ? ids[random() % count] : random() % below;
                const bool expected = std::binary_search(ids.begin(), ids.end(), id);
                REQUIRE(has_id(zone, reader, count, id) == expected);
            }
            REQUIRE_FALSE(zone.broken());
            zone.reset();
        }
    }
}

TEST_CASE("ids can be collected in pieces") {
    std::mt19937 random(8);
    Memory memory;
    Zone& zone = memory.zone;
    for (std::uint32_t below : {600u, 6'000u, 600'000u}) {
        const auto ids = random_ids(random, 500, below);
        const Cell cell = add(zone, encode_ids(ids), 1, BlobType::set, 500);
        ContentReader reader(zone, cell);
        std::vector<std::uint32_t> all;
        std::uint32_t piece[7];
        std::uint32_t from = 0;
        while (const std::size_t found = collect_ids(zone, reader, 500, from, piece, 7)) {
            all.insert(all.end(), piece, piece + found);
            from = all.back() + 1;
        }
        CHECK(all == ids);
        zone.reset();
    }
}

TEST_CASE("50 ids of a host fit into the two cells of its set, whatever the zone holds") {
    std::mt19937 random(9);
    for (std::uint32_t below : {200u, 5'000u, 20'000u, 60'000u}) {
        const auto words = encode_ids(random_ids(random, 50, below));
        INFO(below << ": " << words.size() << " words");
        CHECK(cells_for(words.size()) <= 2);
    }
}

TEST_CASE("a set of neighbours is a bitmap") {
    std::vector<std::uint32_t> ids(5'000);
    for (std::uint32_t i = 0; i < ids.size(); ++i) {
        ids[i] = 70'000 + i;
    }
    CHECK(encode_ids(ids).size() * 4 <= 5'000 / 8 + 8);
}

TEST_CASE("a set that claims more ids than it has is a fault") {
    Memory memory;
    Zone& zone = memory.zone;
    const Cell cell = add(zone, encode_ids({5, 500, 60'000}), 1, BlobType::set, 3);
    ContentReader reader(zone, cell);
    std::uint32_t ids[100];
    collect_ids(zone, reader, 90, 0, ids, 100);
    CHECK(zone.broken());
}

TEST_CASE("a set with a number that no id can be is a fault") {
    Memory memory;
    Zone& zone = memory.zone;
    // 26 lower bits for each of two numbers, then the upper ones in unary: 0, and 3 << 26.
    const std::vector<std::uint32_t> words = {26u << 26, 0, 0b10001u << 20};
    const Cell cell = add(zone, words, 1, BlobType::set, 2);
    ContentReader reader(zone, cell);
    std::uint32_t ids[2] = {};
    CHECK(collect_ids(zone, reader, 2, 0, ids, 2) == 1);
    CHECK(ids[0] == 0);
    CHECK(zone.broken());
}
