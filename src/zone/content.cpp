#include "zone/content.hpp"

#include "zone/blobs.hpp"

namespace certguard::zone {

namespace {

constexpr std::size_t kFan = Page::kWords;
constexpr unsigned kMostLevels = 6;  // 15^6 pages: far beyond kContentWords

std::size_t leaves_for(std::size_t words) noexcept {
    return words <= Blob::kWords ? 0 : (words - Blob::kWords + kFan - 1) / kFan;
}

/// Levels of pages above the leaves.
unsigned levels_for(std::size_t leaves) noexcept {
    unsigned levels = 0;
    for (std::size_t reach = 1; reach < leaves; reach *= kFan) {
        ++levels;
    }
    return levels;
}

/// The way from the root of a tree to one of its leaves.
struct Way {
    Cell cells[kMostLevels + 1];        // [0]: the root; kNoCell: not there yet
    std::uint8_t child[kMostLevels];    // which child to take in cells[i]
    std::uint64_t number[kMostLevels];  // of the page among those of its level
};

void plan(std::size_t leaf, unsigned levels, Way& way) noexcept {
    std::size_t number = leaf;
    for (unsigned level = levels; level-- > 0;) {
        way.child[level] = static_cast<std::uint8_t>(number % kFan);
        number /= kFan;
        way.number[level] = number;
    }
}

std::uint64_t page_salt(Cell blob, unsigned level, std::uint64_t number) noexcept {
    return (std::uint64_t{blob} << 32 | std::uint64_t{level} << 29) ^ number ^ 0x9a6e;
}

void seal(Zone& zone, Cell blob, unsigned level, std::uint64_t number, Page& page) noexcept {
    page.check = zone.checksum(page.words, kFan, page_salt(blob, level, number));
}

/// The page in CELL; a fault when it is not that page.
const Page& opened(Zone& zone, Cell blob, unsigned level, std::uint64_t number,
                   Cell cell) noexcept {
    const Page& page = zone.page(cell);
    if (page.check != zone.checksum(page.words, kFan, page_salt(blob, level, number))) {
        zone.fault();
    }
    return page;
}

/// Follows what plan() has laid down. Stops early, and gives kNoCell, at a fault.
Cell follow(Zone& zone, Cell blob, Cell root, unsigned levels, Way& way) noexcept {
    way.cells[0] = root;
    for (unsigned level = 0; level < levels; ++level) {
        const Page& page = opened(zone, blob, level, way.number[level], way.cells[level]);
        if (zone.broken()) {
            return kNoCell;
        }
        way.cells[level + 1] = page.words[way.child[level]];
    }
    return way.cells[levels];
}

Cell new_page(Zone& zone) noexcept {
    const Cell cell = zone.take_cell();
    if (cell != kNoCell) {
        zone.page(cell) = Page{};
    }
    return cell;
}

/// Takes a new leaf and whatever pages are missing above it. kNoCell when cells run out.
Cell grow(Zone& zone, Cell blob, Cell& root, unsigned levels, Way& way) noexcept {
    if (root == kNoCell && (root = new_page(zone)) == kNoCell) {
        return kNoCell;
    }
    way.cells[0] = root;
    for (unsigned level = 0; level < levels; ++level) {
        Page& page = zone.page(way.cells[level]);
        Cell& child = page.words[way.child[level]];
        if (child == kNoCell) {
            child = new_page(zone);
            seal(zone, blob, level, way.number[level], page);
        }
        way.cells[level + 1] = child;
        if (child == kNoCell) {
            return kNoCell;
        }
    }
    return way.cells[levels];
}

/// Gives back the first LEAVES leaves and the pages above them.
void free_tree(Zone& zone, Cell blob, Cell root, std::size_t leaves, unsigned levels) noexcept {
    for (std::size_t leaf = 0; leaf < leaves; ++leaf) {
        Way way;
        plan(leaf, levels, way);
        const Cell cell = follow(zone, blob, root, levels, way);
        if (zone.broken()) {
            return;
        }
        zone.give_back(cell);
        // A page goes with the last of its children.
        for (unsigned level = levels; level-- > 0;) {
            if (leaf + 1 != leaves && way.child[level] + 1u != kFan) {
                break;
            }
            zone.give_back(way.cells[level]);
        }
    }
}

}  // namespace

std::size_t cells_for(std::size_t words) noexcept {
    std::size_t cells = 1;
    for (std::size_t pages = leaves_for(words); pages != 0;) {
        cells += pages;
        pages = pages == 1 ? 0 : (pages + kFan - 1) / kFan;
    }
    return cells;
}

bool write_content(Zone& zone, Cell blob_cell, const std::uint32_t* words,
                   std::size_t count) noexcept {
    Blob& blob = zone.blob(blob_cell);
    for (std::size_t i = 0; i < Blob::kWords; ++i) {
        blob.words[i] = i < count ? words[i] : 0;
    }
    blob.root = kNoCell;
    if (zone.free_cells() < cells_for(count) - 1) {
        return false;
    }
    const std::size_t leaves = leaves_for(count);
    const unsigned levels = levels_for(leaves);
    for (std::size_t leaf = 0; leaf < leaves; ++leaf) {
        Way way;
        plan(leaf, levels, way);
        const Cell cell = grow(zone, blob_cell, blob.root, levels, way);
        if (cell == kNoCell) {
            zone.fault();  // there were cells enough
            return false;
        }
        Page& page = zone.page(cell);
        const std::size_t first = Blob::kWords + leaf * kFan;
        for (std::size_t i = 0; i < kFan; ++i) {
            page.words[i] = first + i < count ? words[first + i] : 0;
        }
        seal(zone, blob_cell, levels, leaf, page);
    }
    return true;
}

void free_content(Zone& zone, Cell blob_cell) noexcept {
    Blob& blob = zone.blob(blob_cell);
    const std::size_t leaves = leaves_for(content_words(blob));
    if (leaves != 0) {
        free_tree(zone, blob_cell, blob.root, leaves, levels_for(leaves));
    }
    blob.root = kNoCell;
}

ContentReader::ContentReader(Zone& zone, Cell blob_cell) noexcept : zone_(zone), blob_(blob_cell) {
    const Blob& blob = zone.blob(blob_cell);
    own_ = blob.words;
    count_ = content_words(blob);
}

std::uint32_t ContentReader::word_below(std::size_t i) noexcept {
    if (i >= count_) {
        zone_.fault();
        return 0;
    }
    const std::size_t leaf = (i - Blob::kWords) / kFan;
    if (page_ == nullptr || leaf != page_number_) {
        Way way;
        const unsigned levels = levels_for(leaves_for(count_));
        plan(leaf, levels, way);
        const Cell cell = follow(zone_, blob_, zone_.blob(blob_).root, levels, way);
        page_ = opened(zone_, blob_, levels, leaf, cell).words;
        page_number_ = leaf;
    }
    return zone_.broken() ? 0 : page_[(i - Blob::kWords) % kFan];
}

std::uint32_t ContentReader::bits(std::size_t first, unsigned count) noexcept {
    if (count == 0) {
        return 0;
    }
    const unsigned shift = first % 32;
    std::uint64_t pair = word(first / 32);
    if (shift + count > 32) {
        pair |= std::uint64_t{word(first / 32 + 1)} << 32;
    }
    const auto found = static_cast<std::uint32_t>(pair >> shift);
    return count == 32 ? found : found & ((1u << count) - 1);
}

}  // namespace certguard::zone
