#include "PhysiCell.h"

#include <fstream>
#include <sstream>

namespace BioFVM {
Microenvironment microenvironment;
Microenvironment_Options default_microenvironment_options;
void initialize_microenvironment() {
    default_microenvironment_options.Dirichlet_condition_vector = {38};
    microenvironment.fields.assign(1000, {0});
}
}  // namespace BioFVM

namespace PhysiCell {
double diffusion_dt = 0.5;
PhysiCell_Globals PhysiCell_globals;
PhysiCell_Settings PhysiCell_settings;
Cell_Definition cell_defaults;
static std::vector<Cell*> cells;
std::vector<Cell*>* all_cells = &cells;
static Cell_Container container;

bool load_PhysiCell_config_file(std::string file) {
    std::stringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str().find("</PhysiCell_settings>") != std::string::npos;
}
bool Cell::assign_position(double x, double y, double z) {
    position = {x, y, z};
    return true;
}
long SeedRandom(long seed) { return seed; }
Cell_Container* create_cell_container_for_microenvironment(BioFVM::Microenvironment& m, double) {
    m.agent_container = &container;
    return &container;
}
void initialize_default_cell_definition() {}
void initialize_cell_definitions_from_pugixml() {}
void build_cell_definitions_maps() {}
void setup_signal_behavior_dictionaries() {}
void setup_cell_rules() {}
Cell_Definition* find_cell_definition(std::string name) { return name == "cancer" ? &cell_defaults : nullptr; }
Cell* create_cell(Cell_Definition& definition) {
    cells.push_back(new Cell{{}, definition.phenotype});
    return cells.back();
}
void standard_volume_update_function(Cell*, Phenotype&, double) {}
void standard_update_cell_velocity(Cell*, Phenotype&, double) {}
void update_cell_and_death_parameters_O2_based(Cell*, Phenotype&, double) {}
}  // namespace PhysiCell
